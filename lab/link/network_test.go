package link

import (
	"encoding/binary"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const ms = time.Millisecond

// arrivals has everything that is on its way arrive, and returns when each did.
type arrived struct {
	at time.Duration
	to int
	id int
}

func drain(n *Network) (all []arrived) {
	for {
		at, ok := n.Next()
		if !ok {
			return all
		}
		for _, a := range n.Deliver(at, nil) {
			all = append(all, arrived{at, a.To, int(binary.BigEndian.Uint32(a.Packet))})
		}
	}
}

func packet(id, size int) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(id)), make([]byte, max(0, size-4))...)
}

func one(t testing.TB, p Profile, seed uint64) *Network {
	t.Helper()
	n := New(2, seed)
	if err := n.SetProfile(0, 1, p); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEveryPacketIsDelayedByTheLatency(t *testing.T) {
	n := one(t, Profile{Delay: 20 * ms}, 1)
	for i := range 100 {
		n.Send(time.Duration(i)*ms, 0, 1, packet(i, 100))
	}
	for i, a := range drain(n) {
		if a.id != i || a.at != time.Duration(i)*ms+20*ms || a.to != 1 {
			t.Fatalf("packet %d arrives as number %d at %v on %d", a.id, i, a.at, a.to)
		}
	}
}

func TestNothingArrivesBeforeItsTime(t *testing.T) {
	n := one(t, Profile{Delay: 20 * ms}, 1)
	n.Send(0, 0, 1, packet(0, 100))
	if got := n.Deliver(20*ms-1, nil); len(got) != 0 {
		t.Fatalf("%d packets are early", len(got))
	}
	if got := n.Deliver(20*ms, nil); len(got) != 1 {
		t.Fatalf("%d packets arrive", len(got))
	}
}

// within reports whether a count is within 3 sigma of what n trials give.
func within(count, n int, chance float64) bool {
	return math.Abs(float64(count)-chance*float64(n)) <= 3*math.Sqrt(chance*(1-chance)*float64(n))
}

func TestLossDuplicatesAndReorderingAreAsOftenAsTold(t *testing.T) {
	const packets = 10_000
	for _, chance := range []float64{0.01, 0.2, 0.9} {
		n := one(t, Profile{Delay: 5 * ms, Loss: chance}, 7)
		for i := range packets {
			n.Send(time.Duration(i)*ms, 0, 1, packet(i, 50))
		}
		if got := packets - len(drain(n)); !within(got, packets, chance) || n.Counts(0, 1).Lost != uint64(got) {
			t.Errorf("%d of %d are lost, counted %d, told %g", got, packets, n.Counts(0, 1).Lost, chance)
		}
		n = one(t, Profile{Delay: 5 * ms, Duplicate: chance, Reorder: chance}, 7)
		for i := range packets {
			n.Send(time.Duration(i)*ms, 0, 1, packet(i, 50))
		}
		all, counts := drain(n), n.Counts(0, 1)
		if extra := len(all) - packets; !within(extra, packets, chance) || counts.Duplicated != uint64(extra) {
			t.Errorf("%d of %d came twice, counted %d, told %g", extra, packets, counts.Duplicated, chance)
		}
		if !within(int(counts.Reordered), len(all), chance) {
			t.Errorf("%d of %d were held back, told %g", counts.Reordered, len(all), chance)
		}
		if slices.IsSortedFunc(all, func(a, b arrived) int { return a.id - b.id }) {
			t.Error("all came in order")
		}
	}
}

func TestJitterIsNormalAndKeepsTheOrder(t *testing.T) {
	const packets = 10_000
	n := one(t, Profile{Delay: 20 * ms, Jitter: 0.1}, 3)
	for i := range packets {
		n.Send(time.Duration(i)*100*ms, 0, 1, packet(i, 50)) // too far apart to wait for each other
	}
	var sum, squares float64
	for i, a := range drain(n) {
		if a.id != i {
			t.Fatalf("packet %d overtakes", a.id)
		}
		d := (a.at - time.Duration(i)*100*ms).Seconds() * 1000
		sum, squares = sum+d, squares+d*d
	}
	mean := sum / packets
	deviation := math.Sqrt(squares/packets - mean*mean)
	if math.Abs(mean-20) > 0.1 || math.Abs(deviation-2) > 0.1 {
		t.Errorf("the delay is %.2f ms on average, its deviation %.2f", mean, deviation)
	}
}

func TestRate(t *testing.T) {
	// 1,000 packets of 125 bytes are a million bits: a second at 1 Mbit/s.
	n := one(t, Profile{Delay: 10 * ms, Rate: 1e6}, 1)
	for i := range 1000 {
		n.Send(0, 0, 1, packet(i, 125))
	}
	all := drain(n)
	if len(all) != 1000 || all[0].at != 11*ms || all[999].at != 1010*ms {
		t.Fatalf("%d arrive, the first at %v, the last at %v", len(all), all[0].at, all[len(all)-1].at)
	}
	n = one(t, Profile{Rate: 1e6, Queue: 10}, 1)
	for i := range 100 {
		n.Send(0, 0, 1, packet(i, 125))
	}
	if all, c := drain(n), n.Counts(0, 1); len(all) != 11 || c.Overflowed != 89 {
		t.Errorf("%d arrive, %d find the queue full", len(all), c.Overflowed)
	}
}

func TestCuts(t *testing.T) {
	n := New(3, 1)
	send := func() (got []int) {
		id := 0
		for from := range 3 {
			for to := range 3 {
				if from != to {
					n.Send(0, from, to, packet(10*from+to, 40))
					id++
				}
			}
		}
		for _, a := range drain(n) {
			got = append(got, a.id)
		}
		slices.Sort(got)
		return got
	}
	cut := func(name string, links []Link) {
		if err := n.Cut(name, Drop, links); err != nil {
			t.Fatal(err)
		}
	}
	check := func(what string, want ...int) {
		t.Helper()
		if got := send(); !slices.Equal(got, want) {
			t.Errorf("%s: %v arrive, want %v", what, got, want)
		}
	}
	check("whole", 1, 2, 10, 12, 20, 21)
	cut("one way", OneWay([]int{0}, []int{1}))
	check("one way", 2, 10, 12, 20, 21)
	cut("host 2", Both([]int{2}, []int{0, 1}))
	check("both", 10)
	cut("again", OneWay([]int{0}, []int{1}))
	n.Mend("one way")
	check("the other cut of a link is still there", 10)
	n.Mend("host 2")
	check("one is mended", 2, 10, 12, 20, 21)
	n.MendAll()
	check("mended", 1, 2, 10, 12, 20, 21)
}

func TestAPacketOnItsWayDoesNotCrossACut(t *testing.T) {
	n := one(t, Profile{Delay: 20 * ms}, 1)
	n.Send(0, 0, 1, packet(1, 40))
	if err := n.Cut("x", Drop, []Link{{0, 1}}); err != nil {
		t.Fatal(err)
	}
	if got := n.Deliver(time.Second, nil); len(got) != 0 || n.Counts(0, 1).Cut != 1 {
		t.Errorf("%d arrive, %d are counted as cut off", len(got), n.Counts(0, 1).Cut)
	}
}

func TestChanges(t *testing.T) {
	n := one(t, Profile{Delay: 20 * ms}, 1)
	if err := n.Change("slow", Change{Delay: 300 * ms}, []Link{{0, 1}}); err != nil {
		t.Fatal(err)
	}
	n.Send(0, 0, 1, packet(1, 40))
	if at, _ := n.Next(); at != 320*ms || n.Counts(0, 1).Slowed != 1 {
		t.Errorf("it arrives at %v, %d are slowed", at, n.Counts(0, 1).Slowed)
	}
	n.Mend("slow")
	n.Send(time.Second, 0, 1, packet(2, 40))
	if all := drain(n); len(all) != 2 || all[1].at != 1020*ms {
		t.Errorf("after it: %v", all)
	}
}

// Whatever is done to a network, each packet is accounted for, none arrives across a
// cut, and those of a link that reorders nothing arrive in order.
func TestEveryPacketIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const hosts = 3
		n := New(hosts, rapid.Uint64().Draw(t, "seed"))
		chance := rapid.SampledFrom([]float64{0, 0, 0.1, 0.5, 1})
		for from := range hosts {
			for to := range hosts {
				p := Profile{
					Delay: time.Duration(rapid.IntRange(0, 50).Draw(t, "delay")) * ms, Jitter: chance.Draw(t, "jitter"),
					Loss: chance.Draw(t, "loss"), Duplicate: chance.Draw(t, "duplicate"), Reorder: chance.Draw(t, "reorder"),
					Rate: rapid.SampledFrom([]float64{0, 1e5, 1e7}).Draw(t, "rate"), Queue: rapid.IntRange(0, 5).Draw(t, "queue"),
				}
				if err := n.SetProfile(from, to, p); err != nil {
					t.Fatal(err)
				}
			}
		}
		host := rapid.IntRange(0, hosts-1)
		now, latest := time.Duration(0), map[[2]int]uint32{}
		deliver := func() {
			for _, a := range n.Deliver(now, nil) {
				from, id := int(a.Packet[4]), binary.BigEndian.Uint32(a.Packet)
				if n.IsCut(from, a.To) {
					t.Fatalf("packet %d arrives across a cut", id)
				}
				if link := [2]int{from, a.To}; n.Profile(from, a.To).Reorder == 0 {
					if id < latest[link] {
						t.Fatalf("packet %d overtakes %d", latest[link], id)
					}
					latest[link] = id
				}
			}
		}
		id := 0
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now += time.Duration(rapid.IntRange(0, 20).Draw(t, "wait")) * ms
			deliver()
			switch name := rapid.SampledFrom([]string{"a", "b"}); rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				if err := n.Cut(name.Draw(t, "cut"), Drop, []Link{{host.Draw(t, "from"), host.Draw(t, "to")}}); err != nil {
					t.Fatal(err)
				}
			case 1:
				n.Mend(name.Draw(t, "mend"))
			default:
				id++
				from := host.Draw(t, "from")
				p := packet(id, 40)
				p[4] = byte(from)
				n.Send(now, from, host.Draw(t, "to"), p)
			}
		}
		now += time.Hour
		deliver()
		for from := range hosts {
			for to := range hosts {
				c := n.Counts(from, to)
				if c.Sent+c.Duplicated != c.Delivered+c.Lost+c.Cut+c.Overflowed {
					t.Fatalf("the packets of %d to %d do not add up: %+v", from, to, c)
				}
			}
		}
	})
}

func TestTheSameSeedDoesTheSame(t *testing.T) {
	run := func(seed uint64) []arrived {
		n := one(t, Profile{Delay: 20 * ms, Jitter: 0.5, Loss: 0.3, Duplicate: 0.1, Reorder: 0.2}, seed)
		for i := range 1000 {
			n.Send(time.Duration(i)*ms, 0, 1, packet(i, 100))
		}
		return drain(n)
	}
	if !slices.Equal(run(5), run(5)) {
		t.Error("two runs with one seed differ")
	}
	if slices.Equal(run(5), run(6)) {
		t.Error("two seeds give the same")
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, p := range []Profile{
		{Delay: -1}, {Delay: time.Hour}, {Jitter: -1}, {Jitter: math.NaN()}, {Loss: 1.01}, {Loss: math.NaN()}, {Duplicate: -0.1},
		{Reorder: 2}, {Rate: -1}, {Rate: 10}, {Rate: math.Inf(1)}, {Queue: -1}, {Queue: 2_000_000},
	} {
		if err := New(2, 1).SetProfile(0, 1, p); err == nil {
			t.Errorf("%+v is accepted", p)
		}
	}
	if New(2, 1).Cut("x", "tear", nil) == nil || New(2, 1).Change("x", Change{Loss: 2}, nil) == nil {
		t.Error("a cut or a change that makes no sense is accepted")
	}
}
