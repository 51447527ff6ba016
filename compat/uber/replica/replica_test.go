package replica

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"

	"github.com/uber/ringpop-go/forward"
)

// owners is a Sender with the nodes of each key, the owner first.
type owners map[string][]string

func (o owners) WhoAmI() (string, error) { return "127.0.0.1:1", nil }

func (o owners) Lookup(key string) (string, error) {
	nodes, err := o.LookupN(key, 1)
	return strings.Join(nodes, ""), err
}

func (o owners) LookupN(key string, n int) ([]string, error) {
	nodes := o[key]
	if len(nodes) == 0 {
		return nil, errors.New("could not find destinations for key")
	}
	return slices.Clone(nodes[:min(n, len(nodes))]), nil
}

// service is what the nodes run. It keeps which of them were asked.
type service struct {
	mu    sync.Mutex
	asked []string
}

type endpoint struct {
	*service
	address string
}

func (e endpoint) Handle(_ context.Context, args *raw.Args) (*raw.Res, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = append(e.asked, e.address)
	return &raw.Res{Arg3: append(args.Arg3, " at "+e.address...)}, nil
}

func (endpoint) OnError(context.Context, error) {}

// nodes starts some, and returns their addresses.
func (s *service) nodes(t *testing.T, n int) []string {
	var addresses []string
	for range n {
		channel := newChannel(t)
		if err := channel.ListenAndServe("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		addresses = append(addresses, channel.PeerInfo().HostPort)
		channel.Register(raw.Wrap(endpoint{s, addresses[len(addresses)-1]}), "/echo")
	}
	return addresses
}

func newChannel(t *testing.T) *tchannel.Channel {
	channel, err := tchannel.NewChannel("app", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(channel.Close)
	return channel
}

func replicator(t *testing.T, o owners, opts *Options) *Replicator {
	return NewReplicator(o, newChannel(t).GetSubChannel("app"), nil, opts)
}

var once = &forward.Options{MaxRetries: 1, RetrySchedule: []time.Duration{time.Millisecond}}

func destinations(responses []Response) []string {
	var d []string
	for _, r := range responses {
		d = append(d, r.Destination)
	}
	return d
}

func TestAllNodesOfAKeyAreAsked(t *testing.T) {
	for _, mode := range []FanoutMode{Parallel, SerialSequential, SerialBalanced} {
		var s service
		nodes := s.nodes(t, 4)
		r := replicator(t, owners{"key": nodes}, nil)
		responses, err := r.Write([]string{"key"}, []byte("hello"), "/echo", once, &Options{FanoutMode: mode})
		if err != nil {
			t.Fatalf("mode %d: %v", mode, err)
		}
		if got, want := slices.Sorted(slices.Values(destinations(responses))), slices.Sorted(slices.Values(nodes[:3])); !slices.Equal(got, want) {
			t.Errorf("mode %d: answers of %v, want %v", mode, got, want)
		}
		if mode == SerialSequential && !slices.Equal(s.asked, nodes[:3]) {
			t.Errorf("asked in the order %v, want %v", s.asked, nodes[:3])
		}
		for _, a := range responses {
			if want := "hello at " + a.Destination; string(a.Body) != want || !slices.Equal(a.Keys, []string{"key"}) {
				t.Errorf("mode %d: %q for %v, want %q", mode, a.Body, a.Keys, want)
			}
		}
	}
}

// A node that two keys belong to is asked once, for both.
func TestKeysOfANodeGoTogether(t *testing.T) {
	var s service
	nodes := s.nodes(t, 3)
	r := replicator(t, owners{"a": nodes[:2], "b": nodes[1:]}, nil)
	responses, err := r.Read([]string{"a", "b"}, nil, "/echo", once, nil)
	if err != nil || len(s.asked) != 3 {
		t.Fatalf("%v; asked %v", err, s.asked)
	}
	for _, a := range responses {
		want := map[string][]string{nodes[0]: {"a"}, nodes[1]: {"a", "b"}, nodes[2]: {"b"}}[a.Destination]
		if !slices.Equal(a.Keys, want) {
			t.Errorf("%s: keys %v, want %v", a.Destination, a.Keys, want)
		}
	}
}

func TestHowManyMustAnswer(t *testing.T) {
	var s service
	nodes := s.nodes(t, 2)
	gone := newChannel(t)
	if err := gone.ListenAndServe("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	nodes = append(nodes, gone.PeerInfo().HostPort) // without the endpoint
	for _, c := range []struct {
		name    string
		key     string
		opts    *Options
		write   bool
		answers int
		err     string
	}{
		{"a read needs one", "key", nil, false, 2, ""},
		{"a write needs all three", "key", nil, true, 2, "rw value not satisfied"},
		{"a write of two", "key", &Options{WValue: 2}, true, 2, ""},
		{"one after the other", "key", &Options{RValue: 3, FanoutMode: SerialBalanced}, false, 2, "rw value not satisfied"},
		{"of more than there are to be", "key", &Options{RValue: 3, NValue: 1}, false, 0, "rw value cannot exceed n value"},
		{"of a key without nodes", "none", nil, false, 0, "rw value not satisfied by destination"},
	} {
		r := replicator(t, owners{"key": nodes}, nil)
		do := r.Read
		if c.write {
			do = r.Write
		}
		responses, err := do([]string{c.key}, nil, "/echo", once, c.opts)
		text := ""
		if err != nil {
			text = err.Error()
		}
		if len(responses) != c.answers || text != c.err {
			t.Errorf("%s: %d answers, %q; want %d, %q", c.name, len(responses), text, c.answers, c.err)
		}
	}
}
