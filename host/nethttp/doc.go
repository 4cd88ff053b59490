// Package nethttp lets scripts make HTTP requests, to hosts that are granted
// with host.Grants.Net. Importing it is all:
//
//	import _ "scripthost.example/host/nethttp"
//
// It is a package of its own because net/http makes every start of a program
// slower, and this program is its own worker.
//
// # What a request can reach
//
// The parent makes the requests. The host of each URL, that of every redirect
// included, has to be granted by name or address; and the very address that is
// dialed is checked once more, after its name was resolved, so that a name cannot
// be made to lead to a loopback, private or link-local address unless that is
// granted itself. There is no proxy, also if the environment names one, and no
// jar of cookies. Connections are kept for the worker that made them. A
// redirect to another origin (scheme, host and port) loses the headers
// Authorization, Cookie and Referer. Requests are HTTP/1.1.
//
// A connection has to be there within 10 s, TLS within another 10 s, and the
// header of the response within 30 s; the header of a response is at most 256 KiB.
// A body is handed over as it comes. Each response that is open has a connection of
// its own, and a worker can have 256 of them; 16 are kept that none uses.
//
// A response that comes with gzip is decompressed, unless the script asked for an
// encoding itself. Certificates are checked against those that the machine trusts
// (on Unix, SSL_CERT_FILE and SSL_CERT_DIR say where these are).
package nethttp
