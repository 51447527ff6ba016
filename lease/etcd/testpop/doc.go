// Command testpop is node/testpop with one more store for -resolver-lease: etcd, as
// etcd:ENDPOINT,ENDPOINT/KEY.
package main
