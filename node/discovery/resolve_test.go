package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

// zone is a resolver of names that a test knows.
type zone map[string][]string

func (z zone) lookup(_ context.Context, name string) ([]netip.Addr, error) {
	listed, ok := z[name]
	if !ok {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	var addresses []netip.Addr
	for _, a := range listed {
		addresses = append(addresses, netip.MustParseAddr(a))
	}
	return addresses, nil
}

func TestNamesStandForTheirAddresses(t *testing.T) {
	names := zone{
		"localhost":  {"127.0.0.1", "::1"},
		"one":        {"10.0.0.1"},
		"mapped":     {"::ffff:10.0.0.1"},
		"pods":       {"10.0.0.3", "10.0.0.1", "10.0.0.2", "10.0.0.1"},
		"both":       {"fd00::7", "10.0.0.7"},
		"six":        {"fd00::6"},
		"thishost":   {"127.0.1.1"},
		"zoned":      {"fe80::1%eth0"},
		"empty":      {},
		"UPPER.case": {"10.0.0.9"},
	}
	for _, test := range []struct {
		self, host string
		want       []wire.Address
		err        error
	}{
		{"10.0.0.5:3000", "10.0.0.1:3000", []wire.Address{"10.0.0.1:3000"}, nil},
		{"10.0.0.5:3000", "[fd00::1]:3000", []wire.Address{"[fd00::1]:3000"}, nil},
		{"10.0.0.5:3000", "one:3000", []wire.Address{"10.0.0.1:3000"}, nil},
		{"10.0.0.5:3000", "UPPER.case:3000", []wire.Address{"10.0.0.9:3000"}, nil},
		{"10.0.0.5:3000", "mapped:3000", []wire.Address{"10.0.0.1:3000"}, nil},
		{"10.0.0.5:3000", "pods:3001", []wire.Address{"10.0.0.3:3001", "10.0.0.1:3001", "10.0.0.2:3001"}, nil},
		{"10.0.0.5:3000", "nowhere:3000", nil, ErrUnresolved},
		{"10.0.0.5:3000", "empty:3000", nil, ErrUnresolved},
		{"10.0.0.5:3000", "nonsense", nil, ErrHosts},
		{"10.0.0.5:3000", "", nil, ErrHosts},
		{"10.0.0.5:3000", "300.0.0.1:3000", nil, ErrHosts},
		// Of both kinds, those of the node's own.
		{"127.0.0.1:3000", "localhost:3000", []wire.Address{"127.0.0.1:3000"}, nil},
		{"[::1]:3000", "localhost:3000", []wire.Address{"[::1]:3000"}, nil},
		{"10.0.0.5:3000", "both:3000", []wire.Address{"10.0.0.7:3000"}, nil},
		{"[fd00::5]:3000", "both:3000", []wire.Address{"[fd00::7]:3000"}, nil},
		{"10.0.0.5:3000", "six:3000", []wire.Address{"[fd00::6]:3000"}, nil},
		{"[fd00::5]:3000", "one:3000", []wire.Address{"10.0.0.1:3000"}, nil},
		// A name of this machine, as Debian gives it in /etc/hosts.
		{"10.0.0.5:3000", "thishost:3000", []wire.Address{"10.0.0.5:3000"}, nil},
		{"10.0.0.5:3000", "localhost:3000", []wire.Address{"10.0.0.5:3000"}, nil},
		{"10.0.0.5:3000", "thishost:3001", []wire.Address{"127.0.1.1:3001"}, nil},
		{"127.0.0.1:3000", "thishost:3000", []wire.Address{"127.0.1.1:3000"}, nil},
		// In a cluster of names they are addresses.
		{"a.internal:3000", "b.internal:3000", []wire.Address{"b.internal:3000"}, nil},
		{"a.internal:3000", "10.0.0.1:3000", []wire.Address{"10.0.0.1:3000"}, nil},
		{"", "both:3000", []wire.Address{"[fd00::7]:3000", "10.0.0.7:3000"}, nil},
		{"", "zoned:3000", []wire.Address{"[fe80::1]:3000"}, nil},
	} {
		r := Resolver{Self: wire.Address(test.self), Lookup: names.lookup}
		got := r.Resolve(t.Context(), []string{test.host})
		if len(got) != 1 || got[0].Listed != test.host || !errors.Is(got[0].Err, test.err) {
			t.Errorf("%s for %s: %+v", test.host, test.self, got)
			continue
		}
		if diff := cmp.Diff(test.want, got[0].Addresses); diff != "" {
			t.Errorf("%s for %s:\n%s", test.host, test.self, diff)
		}
	}
}

// A name is looked up once for all its ports; the order is that of the list.
func TestHostsKeepTheirOrder(t *testing.T) {
	var lookups atomic.Int32
	r := Resolver{Self: "10.0.0.5:3000", Lookup: func(ctx context.Context, name string) ([]netip.Addr, error) {
		lookups.Add(1)
		return zone{"a": {"10.0.0.1"}, "b": {"10.0.0.2"}}.lookup(ctx, name)
	}}
	list := []string{"b:1", "10.0.0.9:1", "a:2", "nowhere:1", "b:2", "a:1", "nonsense"}
	var got []string
	for _, host := range r.Resolve(t.Context(), list) {
		got = append(got, fmt.Sprint(host.Listed, " ", host.IsName(), " ", host.Addresses))
	}
	want := []string{
		"b:1 true [10.0.0.2:1]", "10.0.0.9:1 false [10.0.0.9:1]", "a:2 true [10.0.0.1:2]", "nowhere:1 true []",
		"b:2 true [10.0.0.2:2]", "a:1 true [10.0.0.1:1]", "nonsense false []",
	}
	if diff := cmp.Diff(want, got); diff != "" || lookups.Load() != 3 {
		t.Errorf("%d lookups\n%s", lookups.Load(), diff)
	}
}

// A name is looked up anew each time. As long as the resolver is not there, it stands
// for what it was; once it says that the name is gone, it is.
func TestNamesFollowTheResolver(t *testing.T) {
	answer := func(context.Context, string) ([]netip.Addr, error) { return nil, errors.New("not asked yet") }
	r := Resolver{Self: "10.0.0.5:3000", Lookup: func(ctx context.Context, name string) ([]netip.Addr, error) { return answer(ctx, name) }}
	resolve := func(hosts ...string) Host { return r.Resolve(t.Context(), hosts)[0] }
	is := func(address string) {
		answer = func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr(address)}, nil
		}
	}
	down := &net.DNSError{Err: "i/o timeout", IsTimeout: true}
	for _, step := range []struct {
		what  string
		begin func()
		want  []wire.Address
		err   error
	}{
		{"down from the start", func() { answer = func(context.Context, string) ([]netip.Addr, error) { return nil, down } }, nil, down},
		{"up", func() { is("10.0.0.1") }, []wire.Address{"10.0.0.1:3000"}, nil},
		{"moved", func() { is("10.0.0.2") }, []wire.Address{"10.0.0.2:3000"}, nil},
		{"down", func() { answer = func(context.Context, string) ([]netip.Addr, error) { return nil, down } }, []wire.Address{"10.0.0.2:3000"}, down},
		{"still down", func() {}, []wire.Address{"10.0.0.2:3000"}, ErrUnresolved},
		{"gone", func() { answer = zone{}.lookup }, nil, ErrUnresolved},
		{"down again", func() { answer = func(context.Context, string) ([]netip.Addr, error) { return nil, down } }, nil, down},
	} {
		step.begin()
		got := resolve("db:3000")
		if !slices.Equal(got.Addresses, step.want) || !errors.Is(got.Err, step.err) {
			t.Errorf("%s: %+v", step.what, got)
		}
	}
	is("10.0.0.3")
	resolve("db:3000")
	resolve("other:3000") // db is not listed any more
	answer = func(context.Context, string) ([]netip.Addr, error) { return nil, down }
	if got := resolve("db:3000"); got.Addresses != nil {
		t.Errorf("what is not listed is remembered: %+v", got)
	}
}

// Lookups run at the same time, some of them, and each has its time. One that does not
// end holds up no other.
func TestLookupsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var running, most int
		count := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			running += by
			most = max(most, running)
		}
		r := Resolver{Self: "10.0.0.5:3000", Timeout: time.Second, Lookup: func(ctx context.Context, name string) ([]netip.Addr, error) {
			count(1)
			defer count(-1)
			if name == "slow" {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			time.Sleep(100 * time.Millisecond)
			return []netip.Addr{netip.MustParseAddr("10.0.0.1")}, nil
		}}
		hosts := []string{"slow:3000"}
		for i := range 10 * maxLookups {
			hosts = append(hosts, fmt.Sprintf("host-%d:3000", i))
		}
		began := time.Now()
		resolved := r.Resolve(t.Context(), hosts)
		if took := time.Since(began); took > 3*time.Second || most != maxLookups {
			t.Errorf("%v, %d at once", took, most)
		}
		if !errors.Is(resolved[0].Err, context.DeadlineExceeded) || !errors.Is(resolved[0].Err, ErrUnresolved) {
			t.Errorf("the slow one: %v", resolved[0].Err)
		}
		for _, host := range resolved[1:] {
			if host.Err != nil {
				t.Errorf("%s: %v", host.Listed, host.Err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		began = time.Now()
		r.Resolve(ctx, hosts)
		if took := time.Since(began); took > 450*time.Millisecond {
			t.Errorf("it goes on for %v after its context has ended", took)
		}
	})
}
