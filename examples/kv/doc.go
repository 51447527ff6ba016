// Command kv is an example: a key-value service over TChannel. Any of its nodes may be
// asked for any key; they find each other by a file that lists some of them.
//
//	echo '["127.0.0.1:3000","127.0.0.1:3001","127.0.0.1:3002"]' > hosts.json
//	kv -listen 127.0.0.1:3000 -hosts hosts.json     # and on 3001, and on 3002
//
// Endpoints are those of Ringpop, on the same port, and get, put and add of the service
// "kv", with JSON bodies. ringpop-admin sees the nodes like any others.
package main
