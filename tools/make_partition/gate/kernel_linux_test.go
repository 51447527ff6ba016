package gate

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/firewall"
	"github.com/ringmend/ringmend/tools/make_partition/format"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

func TestMain(m *testing.M) { nstest.Main(m) }

// TestSidesStaySidesOnOneAddress cuts 2|2 between processes that differ by nothing
// but their port, with either back end of iptables.
func TestSidesStaySidesOnOneAddress(t *testing.T) {
	if !nstest.Enter(t, "iptables-legacy-restore", "iptables-nft-restore", "ip6tables-legacy-restore", "ip6tables-nft-restore") {
		return
	}
	defer goleak.VerifyNone(t)
	for _, tt := range [][2]string{{"127.0.0.1", firewall.Legacy}, {"127.0.0.1", firewall.NFTables}, {"[::1]", firewall.Legacy}} {
		t.Run(tt[0]+" "+tt[1], func(t *testing.T) { cutOnOneAddress(t, tt[0], tt[1]) })
	}
}

func cutOnOneAddress(t *testing.T, host, backend string) {
	addresses := []string{host + ":3000", host + ":3001", host + ":3002", host + ":3003"}
	var nodes []*nstest.Node
	for _, a := range addresses {
		nodes = append(nodes, nstest.StartNode(t, a))
	}
	split, plan := planOf(t)
	g, err := Open(split)
	if err != nil {
		t.Fatal(err)
	}
	f := firewall.New(firewall.Options{Backend: backend})
	if err := f.Cut(t.Context(), format.Restore, plan); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- g.Run(ctx) }()

	check := func(cut bool) {
		t.Helper()
		for i, from := range nodes {
			for j, to := range addresses {
				want := nstest.OK
				if cut && i/2 != j/2 {
					want = nstest.Refused
				}
				if got := from.Dial(to); got != want {
					t.Errorf("%s to %s: %s, want %s", addresses[i], to, got, want)
				}
			}
		}
		for _, to := range addresses {
			if err := nstest.Try("", to); err != nil {
				t.Errorf("an admin to %s: %v", to, err)
			}
		}
	}
	check(true)
	// A node that is started again is still on its side.
	nodes[2].Stop()
	nodes[2] = nstest.StartNode(t, addresses[2])
	check(true)

	cancel()
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if _, err := f.MendAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := g.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	check(false)
}

func planOf(t *testing.T) (*partition.Split, *rules.Plan) {
	t.Helper()
	table, err := sockets.Scan("/proc")
	if err != nil {
		t.Fatal(err)
	}
	a, _ := partition.ParsePart("3000,3001")
	b, _ := partition.ParsePart("3002,3003")
	split, err := partition.Spec{Parts: []partition.Part{a, b}}.Resolve(partition.Listening{Sockets: table})
	if err != nil {
		t.Fatal(err)
	}
	plan, err := rules.Make(split, table, rules.Options{New: rules.AskNew})
	if err != nil || !plan.Asks() {
		t.Fatalf("Make = %v, %v, want a plan that asks", plan, err)
	}
	return split, plan
}

func TestTheQueueHasOneHolder(t *testing.T) {
	if !nstest.Enter(t) {
		return
	}
	g, err := Open(&partition.Split{})
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()
	if second, err := Open(&partition.Split{}); err == nil {
		second.Close()
		t.Error("a second gate opens")
	} else {
		t.Log(err)
	}
}
