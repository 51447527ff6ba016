// Package routes writes a cut as scripts that remove the routes between the hosts of
// nodes, for nodes in containers, pods or on hosts of their own, where there is no
// firewall to change. Mending puts the routes back.
//
// A route is to a host, not to a port: nodes that share a host cannot be cut, and all
// other traffic between two hosts is cut with them.
//
// It imports package partition and the standard library. [Script] is pure;
// [Resolver] asks DNS, docker, podman or kubectl.
package routes
