package main

import (
	"net/rpc"

	"github.com/hashicorp/go-plugin"
)

func (*echoPlugin) Server(*plugin.MuxBroker) (any, error) { return service{}, nil }

func (*echoPlugin) Client(_ *plugin.MuxBroker, c *rpc.Client) (any, error) {
	return rpcClient{c}, nil
}

type service struct{}

// Echo answers with what it is given.
func (service) Echo(payload string, answer *string) error {
	*answer = payload
	return nil
}

type rpcClient struct{ client *rpc.Client }

func (c rpcClient) Echo(payload string) (answer string, err error) {
	// The name is go-plugin's, whatever the type's.
	err = c.client.Call("Plugin.Echo", payload, &answer)
	return answer, err
}
