// Memberpop is a bare node of memberlist, as testpop is one of ringmend: clusters of
// processes are made of it. A connection to its status address gets the number of members
// that it holds alive.
//
//	memberpop --listen 127.0.0.1:7000 --status 127.0.0.1:7001 --join 127.0.0.1:7000,127.0.0.1:7100
package main
