// Package iq is a service that assigns each name an IQ, once. Any node may be asked for any
// name; the node that owns the name answers. Whether "once" holds while the network is
// partitioned depends on [Config.Downing] and on the store.
//
// Begin with [New]. [Store] is what remembers: [Memory], [OpenBolt], [OpenEtcd].
package iq
