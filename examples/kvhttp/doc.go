// Command kvhttp is an example: a key-value service over HTTP. Any of its nodes may be
// asked for any key; they find each other by a file that lists some of them, and tell each
// other in a label where they serve HTTP.
//
//	echo '["127.0.0.1:3000","127.0.0.1:3001","127.0.0.1:3002"]' > hosts.json
//	kvhttp -listen 127.0.0.1:3000 -http 127.0.0.1:8000 -hosts hosts.json     # and so on
//	curl -X PUT -d 42 127.0.0.1:8000/values/answer
//	curl 127.0.0.1:8001/values/answer
//	curl -X POST -d 1 127.0.0.1:8002/values/answer                           # adds
package main
