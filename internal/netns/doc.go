// Package netns runs programs in network namespaces of their own, where firewalls can be
// changed and networks be cut without touching the machine's. It is for tick-cluster, for
// tests (see nstest) and for the programs that measure healing.
//
// [Available] says whether there can be namespaces, and [Command] makes a command that
// runs this program again in one; [Exec] replaces this process. [Hold] makes one that
// others enter. [Up] and [Add] set up its loopback interface.
//
// Namespaces need Linux and the program unshare; without root there is a user namespace
// around them. The package imports internal/proc, the standard library and x/sys.
package netns
