// Nodepop is a bare node of ringmend: a program with the library and nothing else, as memberpop
// is one of memberlist and ringpop-go's testpop one of ringpop-go. Ours has metrics, HTTP, TLS
// and a Kubernetes client besides, all of which are in its memory.
//
//	nodepop --listen=127.0.0.1:3000 --hosts=hosts.json
package main
