package ports

import (
	"fmt"
	"net"
	"testing"
)

// Each pool stands for a process of its own.
func TestPortsAreNotGivenTwice(t *testing.T) {
	var one, other Pool
	seen := map[string]bool{}
	var taken []int
	for i := range 400 {
		ports := []*Pool{&one, &other}[i%2]
		address, port, err := ports.Take("127.0.0.1")
		if err != nil {
			t.Fatal(err)
		}
		defer ports.Release(port)
		if seen[address] {
			t.Fatalf("%s twice", address)
		}
		seen[address] = true
		taken = append(taken, port)
	}
	// What is given back can be had by others again.
	one.Release(taken...)
	mark, err := net.ListenPacket("udp", fmt.Sprintf("127.0.0.1:%d", taken[0]))
	if err != nil {
		t.Errorf("a port that was released is still marked: %v", err)
	} else {
		mark.Close()
	}
	if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", taken[1])); err != nil {
		t.Errorf("a port that was handed out cannot be listened on: %v", err)
	} else {
		l.Close()
	}
}

// A row is taken as a whole, and leaves nothing behind when it cannot be.
func TestPortsInARow(t *testing.T) {
	var one, other Pool
	first, err := one.TakeRow("127.0.0.1", 40)
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range []int{first - 39, first, first + 39} {
		if other.take("127.0.0.1", from, 40) {
			t.Errorf("ports %d to %d are given though %d to %d are taken", from, from+39, first, first+39)
		}
	}
	if len(one.taken) != 40 || len(other.taken) != 0 {
		t.Errorf("%d and %d ports are taken, want 40 and none", len(one.taken), len(other.taken))
	}
	for port := first; port < first+40; port++ {
		one.Release(port)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if port := l.Addr().(*net.TCPAddr).Port; one.take("127.0.0.1", port, 1) {
		t.Errorf("port %d is given, on which somebody listens", port)
	}
}
