// Package etcdtest starts real etcd servers for tests: the program etcd of the system or, where
// there is none, one that it builds from its module.
package etcdtest
