// Package resolver tests who serves during real cuts: real processes on hosts of their own in
// network namespaces, with real firewall rules between them, and an etcd that they may not
// reach. It has no code but tests. It needs root; without it the tests are skipped.
package resolver
