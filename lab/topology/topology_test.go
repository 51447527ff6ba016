package topology

import (
	"strings"
	"testing"
	"time"

	"github.com/ringmend/ringmend/lab/result"
)

func config(topology string) *result.Config {
	return &result.Config{Topology: topology, Nodes: 3, Clients: 2, LinkLatencyMS: 20, LinkLoss: 5}
}

func TestSimple(t *testing.T) {
	l, links, err := New(config("simple"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(l.Names, " ") != "node-1 node-2 node-3 client-1 client-2" {
		t.Errorf("%v", l.Names)
	}
	for a := range l.Names {
		for b := range l.Names {
			want := 20 * time.Millisecond
			if a == b {
				want = 0
			}
			if got := links.Profile(a, b); got.Delay != want || a != b && got.Loss != 0.05 {
				t.Errorf("%s to %s: %+v", l.Names[a], l.Names[b], got)
			}
		}
	}
	if at := l.At([]int{0, 2}); len(at) != 2 || l.ClientOf(0, 1) != 0 || l.ClientOf(1, 1) != 1 {
		t.Errorf("at %v, clients %d and %d", at, l.ClientOf(0, 1), l.ClientOf(1, 1))
	}
}

func TestWan(t *testing.T) {
	l, links, err := New(config("wan"))
	if err != nil {
		t.Fatal(err)
	}
	if len(l.Clients) != 3 || l.ClientOf(7, 2) != 2 {
		t.Fatalf("clients %v, that of node 3 is %d", l.Clients, l.ClientOf(7, 2))
	}
	for i, client := range l.Clients {
		for j, node := range l.Nodes {
			want := 20 * time.Millisecond
			if i == j {
				want = 0
			}
			if got := links.Profile(client, node).Delay; got != want {
				t.Errorf("client %d to node %d: %v", i, j, got)
			}
		}
	}
	if at := l.At([]int{1}); len(at) != 2 {
		t.Errorf("a fault at site 2 meets %v", at)
	}
}

func TestAMatrixOfLatencies(t *testing.T) {
	m, err := ParseMatrix("0 1 2 # Paris\n1,0,3\n\n2\t3 0\r\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, topology := range Names {
		c := config(topology)
		c.LatencyMatrix = m
		l, links, err := New(c)
		if err != nil {
			t.Fatal(err)
		}
		if got := links.Profile(l.Nodes[1], l.Nodes[2]).Delay; got != 3*time.Millisecond {
			t.Errorf("%s: %v", topology, got)
		}
		if got := links.Profile(l.Clients[0], l.Nodes[2]).Delay; topology == "wan" && got != 2*time.Millisecond {
			t.Errorf("a client at a site has its latency: %v", got)
		}
	}
	c := config("simple")
	c.LatencyMatrix = m[:2]
	if _, _, err := New(c); err == nil {
		t.Error("a matrix of two rows for three nodes")
	}
	for _, text := range []string{"", "# x", "0 1\n1 0 3", "0 x\n1 0", "0 -1\n1 0", "0 NaN\n1 0", "1e9"} {
		if _, err := ParseMatrix(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
}

func FuzzMatrix(f *testing.F) {
	f.Add("0 1\n1 0\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMatrix(text)
		for _, row := range m {
			if err != nil || len(row) != len(m) {
				t.Errorf("%q: %v, %v", text, m, err)
			}
		}
	})
}
