// Package host makes hosts on this machine: network namespaces whose only way out is
// a TUN device, and which programs run on unmodified.
//
// [Command] starts this program again in a network, mount and process namespace of its
// own, of which it is the first process: when it ends, however it ends, the kernel ends
// all that runs there. Inside, a [Network] makes the hosts and carries the packets
// between them as a [link.Network] says; a [Host] runs programs and dials.
//
// It needs Linux, root and /dev/net/tun, and no other program. Begin with
// network_linux.go. It imports packages link and result, and nothing else of ringmend.
package host
