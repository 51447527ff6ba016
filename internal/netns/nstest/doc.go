// Package nstest runs tests in a network namespace of their own, in which they can change
// a firewall without touching the machine's. It also has what most of them need there:
// nodes that listen and dial, and the firewall rules of a user. For use in tests only.
//
//	func TestCut(t *testing.T) {
//		if !nstest.Enter(t, "nft") {
//			return
//		}
//		// here the loopback interface is up, and everything else is empty
//	}
//
// It imports internal/netns and internal/proc.
package nstest
