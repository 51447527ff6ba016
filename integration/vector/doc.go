// Package vector runs conformance vectors against a Ringpop program: it starts
// one node of it, plays the other members of the cluster over real TChannel
// connections, does the steps of a vector, and compares what the node says and
// does with what the vector expects. Every message of the node is checked
// against a JSON Schema on the way.
//
// The vectors are data; package vectors holds them, and the README there
// explains the language. To run some:
//
//	all, err := vector.Load(vectors.Files)
//	bodies, err := vector.LoadBodies(vectors.Files, "go")
//	results := vector.Run(ctx, &vector.Options{
//		Program: vector.Program{Command: []string{"./testpop"}},
//		Bodies:  bodies,
//		Vectors: all,
//		Sizes:   []int{1, 2, 5},
//	})
//	err = vector.WriteTable(os.Stdout, results)
//
// Of this project it imports the wire format and the transport, with which the
// fake members speak, and the checksums and the ring, which are what the node's
// own are compared with. Those are compared with ringpop-go's in package
// integration.
package vector
