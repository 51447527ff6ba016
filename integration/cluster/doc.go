// Package cluster starts real nodes as processes, for tests: this project's own
// and those of ringpop-go, on free ports of 127.0.0.1, with a hosts file that
// names them all. Single nodes can be killed, suspended, terminated and started
// again, and asked what they believe.
//
//	func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }
//
//	func TestTwo(t *testing.T) {
//		c := cluster.Start(t, cluster.Ringmend, cluster.RingpopGo)
//		c.Wait("all agree", c.Agree)
//	}
//
// When a test ends, however it ends, none of its processes is left.
package cluster
