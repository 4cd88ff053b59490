// Package tenant keeps those who share a broker apart: each tenant has a NATS account of
// its own, and nobody in it can call, list, read or fill what belongs to another.
//
// An [Operator] is a folder with the keys that all trust is from. It makes tenants, and for
// each tenant users with a [Role], whose permissions are as few as the role needs:
//
//	op, err := tenant.Init("operator", "acme")
//	err = op.Create("red", tenant.Limits{})
//	creds, err := op.AddUser("red", "worker1", tenant.Instance)
//
// The broker trusts the operator: an embedded one by [Operator.Configure],
//
//	b, err := fleet.Embedded("broker", fleet.BrokerOptions(op.Configure))
//
// and a nats-server by what [Operator.ServerConfig] writes. Clients connect with the file
// of their credentials, by [Credentials]. A broker that runs learns of new tenants, of
// changes and of revocations by [Operator.Push].
//
// Accounts are the boundary. Roles within a tenant are there so that no program can do much
// more than it has to; docs/FLEET.md says what each can do in spite of them.
package tenant
