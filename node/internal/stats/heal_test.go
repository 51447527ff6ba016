package stats

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringmend/ringmend/heal"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/tchan"
	"github.com/ringmend/ringmend/node/wire"
)

const (
	here  = wire.Address("127.0.0.1:1")
	there = wire.Address("127.0.0.1:2")
)

func turned(from, to wire.Status) swim.MembersChanged {
	return swim.MembersChanged{Changes: []swim.MemberChange{{
		Before: &swim.Member{Address: there, Status: from},
		After:  &swim.Member{Address: there, Status: to},
	}}}
}

// story feeds counts with events, each some time after the one before.
type story struct {
	counts *Heal
	now    time.Time
}

func newStory(cfg heal.Config) *story {
	return &story{NewHeal(&cfg), time.UnixMilli(1_700_000_000_000)}
}

func (s *story) after(d time.Duration, event swim.Event) *story {
	s.now = s.now.Add(d)
	s.counts.Observe(s.now, event)
	return s
}

// only ignores zero fields: a test names just those it is about.
var only = cmp.Options{
	cmpopts.IgnoreFields(wire.HealStats{}, "SuspectedToMerge", "SuspectedToWhole", "BackToWhole", "AttemptToMerge", "TheirMembers", "Reincarnating"),
	cmpopts.EquateEmpty(),
}

func TestHealStatsTellTheStoryOfASplit(t *testing.T) {
	plan := heal.Plan{Ours: make([]heal.Reincarnation, 2), Theirs: make([]heal.Reincarnation, 3)}
	s := newStory(heal.DefaultConfig())
	s.after(0, turned(wire.Suspect, wire.Faulty))
	s.after(0, heal.PartitionSuspected{Faulty: 3, Reachable: 2})
	suspectedAt := s.now
	s.after(time.Second, heal.PaceChanged{Interval: time.Second})
	s.after(time.Second, heal.Attempt{Target: there})
	s.after(time.Second, heal.Failed{Target: there, Err: context.DeadlineExceeded})
	s.after(57*time.Second, heal.Attempt{Target: there})
	s.after(0, heal.Reached{Target: there, Ours: 5, Theirs: 4, Plan: plan})
	s.after(100*time.Millisecond, heal.Reincarnating{Target: there, Ours: 2, Theirs: 3})
	s.after(400*time.Millisecond, turned(wire.Faulty, wire.Alive))
	s.after(0, heal.Attempt{Target: there, Again: true})
	s.after(0, heal.Reached{Target: there, Ours: 5, Theirs: 5})

	got := s.counts.Snapshot()
	want := &wire.HealStats{
		Now:       wire.HealNow{Suspected: true, SuspectedAt: suspectedAt, AttemptSeconds: 1},
		Suspected: 1,
		Attempts:  3, AttemptsAgain: 1, AttemptsFailed: map[wire.Reason]uint64{wire.ReasonTimeout: 1}, Reached: 2,
		Reincarnations: 1, MembersOurs: 2, MembersTheirs: 3,
	}
	if diff := cmp.Diff(want, got, only); diff != "" {
		t.Errorf("in the middle of the heal: %s", diff)
	}

	s.after(500*time.Millisecond, heal.Merged{Target: there, Took: time.Second})
	s.after(time.Second, heal.PartitionHealed{After: 62 * time.Second, Members: 5})
	s.after(0, heal.PaceChanged{Interval: 10 * time.Second})
	want.Now = wire.HealNow{AttemptSeconds: 10}
	want.Merges, want.Whole = 1, 1
	if diff := cmp.Diff(want, s.counts.Snapshot(), only); diff != "" {
		t.Errorf("afterwards: %s", diff)
	}
	if got.Merges != 0 || got.SuspectedToMerge.Count != 0 {
		t.Error("a snapshot changes")
	}
	after := s.counts.Snapshot()
	for name, test := range map[string]struct {
		histogram  wire.Histogram
		count      uint64
		sum, below float64 // below: the largest bound that holds nothing
	}{
		"suspected to merge": {after.SuspectedToMerge, 1, 61, 60},
		"suspected to whole": {after.SuspectedToWhole, 1, 62, 60},
		"back to whole":      {after.BackToWhole, 1, 2, 1},
		"probe to merge":     {after.AttemptToMerge, 1, 1, 0.5},
		"their members":      {after.TheirMembers, 2, 9, 3},
		"reincarnating":      {after.Reincarnating, 1, 5, 3},
	} {
		h := test.histogram
		i := slices.IndexFunc(h.Buckets, func(b wire.Bucket) bool { return b.UpTo == test.below })
		if h.Count != test.count || h.Sum != test.sum || h.Buckets[i].Count != 0 || h.Buckets[i+1].Count == 0 {
			t.Errorf("%s: %+v", name, h)
		}
	}
}

// What fails is counted by its reason, and no success is.
func TestHealStatsTellFailuresByReason(t *testing.T) {
	broken := fmt.Errorf("call: %w", syscall.ECONNRESET)
	got := newStory(heal.DefaultConfig()).
		after(0, heal.Reincarnating{Ours: 1, Theirs: 2, Err: broken}).
		after(0, heal.Merged{Err: broken}).
		after(0, heal.Merged{Err: &tchan.RemoteError{Message: "no"}}).counts.Snapshot()
	want := &wire.HealStats{
		Now:            wire.HealNow{AttemptSeconds: 10},
		Reincarnations: 1, ReincarnationsFailed: map[wire.Reason]uint64{wire.ReasonReset: 1}, MembersOurs: 1,
		MergesFailed: map[wire.Reason]uint64{wire.ReasonReset: 1, wire.ReasonRejected: 1},
	}
	if diff := cmp.Diff(want, got, only); diff != "" {
		t.Error(diff)
	}
}

// The network is not back for as long as members turn faulty.
func TestHealStatsBeginAgainWhenTheNetworkIsCutAgain(t *testing.T) {
	got := newStory(heal.DefaultConfig()).
		after(0, turned(wire.Faulty, wire.Alive)). // nothing is suspected: no sign
		after(0, heal.PartitionSuspected{}).
		after(10*time.Second, turned(wire.Faulty, wire.Alive)).
		after(10*time.Second, turned(wire.Suspect, wire.Faulty)).
		after(10*time.Second, turned(wire.Faulty, wire.Suspect)).
		after(3*time.Second, heal.PartitionHealed{}).counts.Snapshot()
	if got.BackToWhole.Count != 1 || got.BackToWhole.Sum != 3 {
		t.Errorf("%+v", got.BackToWhole)
	}
}

func TestHealStatsTellThePaceFromTheStart(t *testing.T) {
	for _, test := range []struct {
		change func(*heal.Config)
		want   float64
	}{
		{func(*heal.Config) {}, 10},
		{func(c *heal.Config) { c.Ringpop = true }, 10},
		{func(c *heal.Config) { c.Ringpop, c.RingpopProbability = true, 0 }, 0},
		{func(c *heal.Config) { c.Disabled = true }, 0},
	} {
		cfg := heal.DefaultConfig()
		test.change(&cfg)
		if got := NewHeal(&cfg).Snapshot().Now.AttemptSeconds; got != test.want {
			t.Errorf("%+v: a probe each %v s, want %v", cfg, got, test.want)
		}
	}
}

// What else goes to the same member is not counted.
func TestBytesOfHealingAreTheHealersOnly(t *testing.T) {
	counts := newStory(heal.DefaultConfig()).counts
	counts.Transferred(swim.HealAttempt, wire.EndpointJoin, 1, 20)
	counts.Transferred(swim.HealMerge, wire.EndpointPing, 300, 4000)
	counts.Transferred(swim.Probe, wire.EndpointPing, 7, 7)
	counts.Transferred(swim.FullSync, wire.EndpointJoin, 7, 7)
	if diff := cmp.Diff(wire.HealBytes{JoinsOut: 1, JoinsIn: 20, PingsOut: 300, PingsIn: 4000}, counts.Snapshot().Bytes); diff != "" {
		t.Error(diff)
	}
}

func TestReasonsOfRealFailures(t *testing.T) {
	client, err := tchan.New(tchan.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	call := func(address string, limit time.Duration) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		_, err := client.Call(ctx, address, wire.EndpointJoin, nil)
		return err
	}
	for want, err := range map[wire.Reason]error{
		wire.ReasonTimeout:     call(silent.Addr().String(), 50*time.Millisecond),
		wire.ReasonRefused:     call("127.0.0.1:1", await.Patience),
		wire.ReasonUnreachable: &net.OpError{Op: "dial", Err: syscall.EHOSTUNREACH},
		wire.ReasonReset:       fmt.Errorf("read: %w", io.EOF),
		wire.ReasonRejected:    fmt.Errorf("call: %w", &tchan.RemoteError{Message: "no"}),
		wire.ReasonInvalid:     fmt.Errorf("%w: no members", wire.ErrInvalid),
		wire.ReasonStranger:    fmt.Errorf("%w: x in place of y", swim.ErrOtherNode),
		wire.ReasonOther:       errors.New("something else"),
	} {
		if got := ReasonOf(err); got != want {
			t.Errorf("%v: %s, want %s", err, got, want)
		}
	}
}
