// Package forward sends requests to the nodes that own their keys. A Ringpop has a
// forwarder of its own: HandleOrForward and Forward.
package forward
