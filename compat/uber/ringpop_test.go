package ringpop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uber/tchannel-go"
	"github.com/uber/tchannel-go/raw"

	"github.com/uber/ringpop-go/discovery/statichosts"
	"github.com/uber/ringpop-go/events"
	"github.com/uber/ringpop-go/forward"
	"github.com/uber/ringpop-go/membership"
	"github.com/uber/ringpop-go/swim"
)

// member is a Ringpop on a channel of its own, with an endpoint beside it.
type member struct {
	*Ringpop
	channel *tchannel.Channel
	address string
}

type echo struct{ address string }

func (e echo) Handle(_ context.Context, args *raw.Args) (*raw.Res, error) {
	return &raw.Res{Arg3: fmt.Appendf(nil, "%s at %s", args.Arg3, e.address)}, nil
}

func (echo) OnError(context.Context, error) {}

func newMember(t *testing.T, opts ...Option) *member {
	t.Helper()
	channel, err := tchannel.NewChannel("test", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(channel.Close)
	rp, err := New("test", append([]Option{Channel(channel)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(rp.Destroy)
	if _, err := rp.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New()}); !errors.Is(err, ErrEphemeralAddress) {
		t.Fatalf("bootstrap before the channel listens: %v", err)
	}
	if err := channel.ListenAndServe("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	address := channel.PeerInfo().HostPort
	channel.Register(raw.Wrap(echo{address}), "/echo")
	return &member{rp, channel, address}
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) { // package await is internal to another module
		if time.Now().After(end) {
			t.Fatal("never: " + what)
		}
	}
}

// cluster returns members that agree.
func cluster(t *testing.T, size int) []*member {
	t.Helper()
	members := make([]*member, size)
	var hosts []string
	for i := range members {
		members[i] = newMember(t)
		hosts = append(hosts, members[i].address)
	}
	var all sync.WaitGroup
	for _, m := range members {
		all.Go(func() {
			if _, err := m.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New(hosts...)}); err != nil {
				t.Errorf("bootstrap: %v", err)
			}
		})
	}
	all.Wait()
	for _, m := range members {
		eventually(t, "all members are known to all", func() bool {
			n, err := m.CountReachableMembers()
			return err == nil && n == size
		})
	}
	return members
}

// recorder is a listener that keeps what it is told.
type recorder struct {
	mu   sync.Mutex
	seen []events.Event
}

func (r *recorder) HandleEvent(e events.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = append(r.seen, e)
}

func (r *recorder) has(which func(events.Event) bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.seen, which)
}

func TestBeforeBootstrap(t *testing.T) {
	if _, err := New("test"); err == nil {
		t.Error("there is no channel, and no error")
	}
	m := newMember(t)
	for name, err := range map[string]error{
		"Lookup":              second(m.Lookup("key")),
		"LookupN":             second(m.LookupN("key", 2)),
		"WhoAmI":              second(m.WhoAmI()),
		"Labels":              second(m.Labels()),
		"GetReachableMembers": second(m.GetReachableMembers()),
		"SelfEvict":           m.SelfEvict(),
	} {
		if !errors.Is(err, ErrNotBootstrapped) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := m.Bootstrap(&swim.BootstrapOptions{}); err == nil || !strings.Contains(err.Error(), "no discover provider") {
		t.Errorf("without a provider: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// A list that is empty or holds the node only is enough, and nothing is joined.
func TestFirstNode(t *testing.T) {
	m := newMember(t)
	joined, err := m.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New(m.address)})
	if err != nil || len(joined) != 0 {
		t.Errorf("joined %v, %v", joined, err)
	}
	if owner, err := m.Lookup("key"); err != nil || owner != m.address {
		t.Errorf("%s owns it, %v", owner, err)
	}
}

// A bootstrap that fails in time may be tried again with another list.
func TestBootstrapAgain(t *testing.T) {
	first, m := newMember(t), newMember(t)
	if _, err := first.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New()}); err != nil {
		t.Fatal(err)
	}
	_, err := m.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New("127.0.0.1:1"), MaxJoinDuration: 300 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "exceeded max 300ms") {
		t.Errorf("hosts that are not there: %v", err)
	}
	joined, err := m.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New(first.address)})
	if err != nil || !slices.Equal(joined, []string{first.address}) {
		t.Errorf("joined %v, %v", joined, err)
	}
	m.Destroy()
	if _, err := m.Bootstrap(&swim.BootstrapOptions{DiscoverProvider: statichosts.New()}); err == nil || !strings.Contains(err.Error(), "destroyed while attempting to join") {
		t.Errorf("after Destroy: %v", err)
	}
}

func TestLabels(t *testing.T) {
	members := cluster(t, 2)
	seen := new(recorder)
	members[1].AddListener(seen)
	if members[1].AddListener(seen) {
		t.Error("a listener is added twice")
	}
	labels, err := members[0].Labels()
	if err != nil {
		t.Fatal(err)
	}
	if err := labels.Set("role", "db"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the other node finds the label", func() bool {
		found, err := members[1].GetReachableMembers(swim.MemberWithLabelAndValue("role", "db"))
		return err == nil && slices.Equal(found, []string{members[0].address})
	})
	eventually(t, "its listener is told, with what was before", func() bool {
		return seen.has(func(e events.Event) bool {
			changed, ok := e.(membership.ChangeEvent)
			return ok && slices.ContainsFunc(changed.Changes, func(c membership.MemberChange) bool {
				return c.Before != nil && c.After != nil && c.After.GetAddress() == members[0].address
			})
		})
	})
	if err := labels.Set("__mine", "x"); !errors.Is(err, swim.ErrLabelInternalKey) {
		t.Errorf("an internal label: %v", err)
	}
	if err := labels.Set("role", strings.Repeat("x", 129)); !errors.Is(err, swim.ErrLabelSizeExceeded) {
		t.Errorf("a long label: %v", err)
	}
	if removed, err := labels.Remove("role"); !removed || err != nil {
		t.Errorf("removed %v, %v", removed, err)
	}
}

func TestHandleOrForward(t *testing.T) {
	members := cluster(t, 2)
	here, there := "", ""
	for i := 0; here == "" || there == ""; i++ {
		key := fmt.Sprint("key", i)
		if owner, err := members[0].Lookup(key); err != nil {
			t.Fatal(err)
		} else if owner == members[0].address {
			here = key
		} else {
			there = key
		}
	}
	var response []byte
	handle, err := members[0].HandleOrForward(here, []byte("hello"), &response, "test", "/echo", tchannel.Raw, nil)
	if !handle || err != nil {
		t.Errorf("a key of this node's: %v, %v", handle, err)
	}
	handle, err = members[0].HandleOrForward(there, []byte("hello"), &response, "test", "/echo", tchannel.Raw, nil)
	if want := "hello at " + members[1].address; handle || err != nil || string(response) != want {
		t.Errorf("a key of the other's: %v, %q, %v, want %q", handle, response, err, want)
	}
	_, err = members[0].Forward("127.0.0.1:1", []string{here}, nil, "test", "/echo", tchannel.Raw,
		&forward.Options{MaxRetries: 1, RetrySchedule: []time.Duration{time.Millisecond}})
	if err == nil || err.Error() != "max retries exceeded" {
		t.Errorf("a node that is not there: %v", err)
	}
}

type hook struct{ called *[]string }

func (h *hook) PreEvict()  { *h.called = append(*h.called, "pre") }
func (h *hook) PostEvict() { *h.called = append(*h.called, "post") }

func TestSelfEvict(t *testing.T) {
	members := cluster(t, 2)
	var called []string
	h := &hook{&called}
	if err := members[0].RegisterSelfEvictHook(h); err != nil {
		t.Fatal(err)
	}
	if err := members[0].RegisterSelfEvictHook(h); !errors.Is(err, swim.ErrDuplicateHook) {
		t.Errorf("the hook a second time: %v", err)
	}
	if err := members[0].SelfEvict(); err != nil || !slices.Equal(called, []string{"pre", "post"}) {
		t.Errorf("%v, hooks %v", err, called)
	}
	if err := members[0].SelfEvict(); !errors.Is(err, swim.ErrSelfEvictionInProgress) {
		t.Errorf("a second time: %v", err)
	}
	eventually(t, "the other is alone", func() bool {
		n, err := members[1].CountReachableMembers()
		return err == nil && n == 1
	})
	members[0].Destroy()
	if state := members[0].channel.State(); state != tchannel.ChannelListening {
		t.Errorf("the channel is %v", state)
	}
}
