package discovery

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/dns/dnsmessage"

	"github.com/ringmend/ringmend/node/wire"
)

func TestParse(t *testing.T) {
	for source, want := range map[string]string{
		"hosts.json":                        `discovery.JSONFile hosts.json`,
		"/etc/ringmend/hosts.json":          `discovery.JSONFile /etc/ringmend/hosts.json`,
		"file:///etc/hosts.json":            `discovery.JSONFile /etc/hosts.json`,
		"static://10.0.0.1:3000, [::1]:2":   `discovery.Static [10.0.0.1:3000 [::1]:2]`,
		"dns://ringmend.default.svc:3000":   `discovery.Static [ringmend.default.svc:3000]`,
		"srv://_ringpop._tcp.example.org":   `discovery.SRV _ringpop._tcp.example.org`,
		"exec:///usr/bin/list --zone  a":    `discovery.Exec [/usr/bin/list --zone a]`,
		"":                                  "names nothing",
		"file://":                           "names nothing",
		"static://10.0.0.1":                 "not host:port",
		"static://10.0.0.1:3000,":           "not host:port",
		"dns://ringmend.default.svc":        "not host:port",
		"dns://a:1,b:1":                     "static:// takes several",
		"srv://_ringpop._tcp.example.org:3": "has no port",
		"exec:// ":                          "names no program",
		"consul://10.0.0.1:8500":            "file, static, dns, srv and exec are known",
	} {
		p, err := Parse(source)
		var got string
		switch p := p.(type) {
		case nil:
			if !errors.Is(err, ErrSource) {
				t.Errorf("%s: %v is no ErrSource", source, err)
			}
			got = fmt.Sprint(err)
		case *Refresh:
			got = fmt.Sprintf("%T %v", p.Provider, p.Provider)
			if srv, ok := p.Provider.(SRV); ok {
				got = fmt.Sprintf("%T %v", srv, srv.Name)
			}
		default:
			got = fmt.Sprintf("%T %v", p, p)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: %s, want %s", source, got, want)
		}
	}
}

// listing is a provider that answers as it is told to.
type listing struct {
	answers []any // []string or error; the last one for all that follow
	asked   []time.Duration
	begin   time.Time
}

func (l *listing) Hosts(context.Context) ([]string, error) {
	answer := l.answers[min(len(l.asked), len(l.answers)-1)]
	l.asked = append(l.asked, time.Since(l.begin).Round(time.Second))
	if err, ok := answer.(error); ok {
		return nil, err
	}
	return answer.([]string), nil
}

// A list counts as new for ten seconds, a failure leaves the last list and makes the
// next attempt wait, longer each time.
func TestRefresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		l := &listing{begin: time.Now(), answers: []any{down, []string{"a:1"}, []string{"a:1", "b:1"}, down, down, down, []string{"c:1"}}}
		r := &Refresh{Provider: l}
		lists := make(map[string]bool)
		for range 40 {
			hosts, err := r.Hosts(t.Context())
			lists[fmt.Sprint(hosts, err)] = true
			time.Sleep(time.Second)
		}
		if want := []time.Duration{0, 1, 11, 21, 22, 24, 28, 38}; !slices.Equal(l.asked, scale(want)) {
			t.Errorf("asked at %v, want %v", l.asked, scale(want))
		}
		want := map[string]bool{"[] down": true, "[a:1] <nil>": true, "[a:1 b:1] <nil>": true, "[a:1 b:1] down": true, "[c:1] <nil>": true}
		if diff := cmp.Diff(want, lists); diff != "" {
			t.Error(diff)
		}
	})
}

func scale(seconds []time.Duration) (all []time.Duration) {
	for _, s := range seconds {
		all = append(all, s*time.Second)
	}
	return all
}

func TestTheBackOffOfRefreshHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &listing{begin: time.Now(), answers: []any{errors.New("down")}}
		r := &Refresh{Provider: l}
		for range 600 {
			r.Hosts(t.Context())
			time.Sleep(time.Second)
		}
		if n := len(l.asked); n > 17 || l.asked[n-1]-l.asked[n-2] != lastPause {
			t.Errorf("asked %d times in ten minutes, at %v", n, l.asked)
		}
	})
}

// nameServer answers all questions for SRV records over UDP, or with an error.
func nameServer(t *testing.T, answer func(*dnsmessage.Builder, dnsmessage.Question) dnsmessage.RCode) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() {
		conn.Close()
		running.Wait()
	})
	running.Go(func() {
		packet := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(packet)
			if err != nil {
				return
			}
			var parser dnsmessage.Parser
			header, err := parser.Start(packet[:n])
			if err != nil {
				continue
			}
			question, err := parser.Question()
			if err != nil {
				continue
			}
			header.Response = true
			var records dnsmessage.Builder
			build := func(h dnsmessage.Header) dnsmessage.RCode {
				records = dnsmessage.NewBuilder(nil, h)
				records.StartQuestions()
				records.Question(question)
				records.StartAnswers()
				return answer(&records, question)
			}
			if code := build(header); code != dnsmessage.RCodeSuccess {
				header.RCode = code
				build(header)
			}
			if reply, err := records.Finish(); err == nil {
				conn.WriteTo(reply, from)
			}
		}
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func TestSRV(t *testing.T) {
	resolver := nameServer(t, func(b *dnsmessage.Builder, q dnsmessage.Question) dnsmessage.RCode {
		if q.Name.String() != "_ringpop._tcp.example.org." || q.Type != dnsmessage.TypeSRV {
			return dnsmessage.RCodeNameError
		}
		for i, target := range []string{"a.example.org.", "b.example.org."} {
			b.SRVResource(dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1},
				dnsmessage.SRVResource{Priority: uint16(i), Weight: 1, Port: uint16(3000 + i), Target: dnsmessage.MustNewName(target)})
		}
		return dnsmessage.RCodeSuccess
	})
	hosts, err := SRV{Name: "_ringpop._tcp.example.org", Resolver: resolver}.Hosts(t.Context())
	if diff := cmp.Diff([]string{"a.example.org:3000", "b.example.org:3001"}, hosts); err != nil || diff != "" {
		t.Error(err, diff)
	}
	_, err = SRV{Name: "_other._tcp.example.org", Resolver: resolver}.Hosts(t.Context())
	var dns *net.DNSError
	if !errors.As(err, &dns) || !dns.IsNotFound {
		t.Errorf("a name that is not there: %v", err)
	}
}

// One name of a headless service stands for all pods, in IPv4 or IPv6.
func TestAllAddressesOfAName(t *testing.T) {
	resolver := nameServer(t, func(b *dnsmessage.Builder, q dnsmessage.Question) dnsmessage.RCode {
		header := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 1}
		for i := range byte(3) {
			switch q.Type {
			case dnsmessage.TypeA:
				b.AResource(header, dnsmessage.AResource{A: [4]byte{10, 0, 0, 1 + i}})
			case dnsmessage.TypeAAAA:
				b.AAAAResource(header, dnsmessage.AAAAResource{AAAA: [16]byte{0: 0xfd, 15: 1 + i}})
			}
		}
		return dnsmessage.RCodeSuccess
	})
	source, err := Parse("dns://ringmend.default.svc.cluster.local:3000")
	if err != nil {
		t.Fatal(err)
	}
	listed, err := source.Hosts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for self, want := range map[string]string{
		"10.0.0.9:3000": "[10.0.0.1:3000 10.0.0.2:3000 10.0.0.3:3000]",
		"[fd::9]:3000":  "[[fd00::1]:3000 [fd00::2]:3000 [fd00::3]:3000]",
	} {
		r := &Resolver{Self: wire.Address(self), Lookup: func(ctx context.Context, name string) ([]netip.Addr, error) {
			return resolver.LookupNetIP(ctx, "ip", name)
		}}
		resolved := r.Resolve(t.Context(), listed)
		slices.Sort(resolved[0].Addresses)
		if got := fmt.Sprint(resolved[0].Addresses); got != want || resolved[0].Err != nil {
			t.Errorf("for %s: %s, %v; want %s", self, got, resolved[0].Err, want)
		}
	}
}
