// Package kubernetes keeps the record of a lease in a Lease object of the API group
// coordination.k8s.io/v1, by plain HTTP. The object is used as a register: its times say
// nothing, leaseTransitions is the epoch, holderIdentity the holder, and an annotation the
// members. It is advanced by a PUT with the resourceVersion that was read.
//
// A pod needs the verbs get, create and update for that object. It imports package lease.
package kubernetes
