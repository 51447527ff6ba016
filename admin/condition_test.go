package admin

import (
	"errors"
	"strings"
	"testing"
)

// found returns what a crawl finds that starts at a:1 and at b:1.
func found(t *testing.T, nodes map[string]fakeNode) *Cluster {
	t.Helper()
	fake := &fakeCluster{nodes: nodes}
	return mustCrawl(t, fake.client(), "a:1", "b:1")
}

func TestConditionOfACluster(t *testing.T) {
	tests := []struct {
		name  string
		nodes map[string]fakeNode
		want  Condition
	}{
		{"no node answers", nil, Unknown},
		{"all agree", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "alive"),
			"b:1": sees(1, "a:1", "alive", "b:1", "alive"),
		}, Agreed},
		{"the survivors agree", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "faulty"),
		}, Agreed},
		{"a suspicion spreads", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "alive", "c:1", "suspect"),
			"b:1": sees(2, "a:1", "alive", "b:1", "alive", "c:1", "alive"),
		}, Spreading},
		{"one accuses another that still pings it, and so will refute", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "faulty"),
			"b:1": sees(2, "a:1", "alive", "b:1", "alive"),
		}, Spreading},
		{"a newcomer is not known to all yet", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "alive"),
			"b:1": sees(2, "a:1", "alive", "b:1", "alive", "c:1", "alive"),
			"c:1": sees(2, "a:1", "alive", "b:1", "alive", "c:1", "alive"),
		}, Spreading},
		{"one has never heard of the other", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive"),
			"b:1": sees(2, "a:1", "alive", "b:1", "alive"),
		}, Split},
		{"a node that left has an old list", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "leave"),
			"b:1": sees(2, "a:1", "alive", "b:1", "leave", "c:1", "alive"),
		}, Agreed},
		{"two sides hold each other down", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "faulty"),
			"b:1": sees(2, "a:1", "tombstone", "b:1", "alive"),
		}, Split},
		{"two sides have forgotten each other", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive"),
			"b:1": sees(2, "b:1", "alive"),
		}, Split},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := ConditionOf(found(t, test.nodes).Partitions()); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestConvergedNamesWhatIsMissing(t *testing.T) {
	both := sees(1, "a:1", "alive", "b:1", "alive")
	tests := []struct {
		name    string
		nodes   map[string]fakeNode
		members int
		want    string // "" for converged
	}{
		{"all agree", map[string]fakeNode{"a:1": both, "b:1": both}, 0, ""},
		{"the number is right", map[string]fakeNode{"a:1": both, "b:1": both}, 2, ""},
		{"the number is wrong", map[string]fakeNode{"a:1": both, "b:1": both}, 3, "2 members are alive, not 3"},
		{"no node answers", nil, 0, "no node answered; 2 of 2 nodes did not answer, a:1 is one"},
		{"one does not answer", map[string]fakeNode{"a:1": both}, 0, "those that answered agree; 1 of 2 nodes did not answer, b:1 is one"},
		{"one is known to be down", map[string]fakeNode{"a:1": sees(1, "a:1", "alive", "b:1", "faulty")}, 1, ""},
		{"one is suspect", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "suspect"),
			"b:1": sees(1, "a:1", "alive", "b:1", "suspect"),
		}, 0, "1 of 2 members suspect, b:1 is one"},
		{"a change spreads", map[string]fakeNode{"a:1": both, "b:1": sees(2, "a:1", "suspect", "b:1", "alive")}, 0, "a change spreads, there are 2 views"},
		{"two sides", map[string]fakeNode{"a:1": both, "b:1": sees(2, "b:1", "alive")}, 0, "2 partitions"},
		{"one left and has an old list", map[string]fakeNode{
			"a:1": sees(1, "a:1", "alive", "b:1", "leave"),
			"b:1": sees(2, "a:1", "suspect", "b:1", "leave"),
		}, 1, ""},
		{"all left", map[string]fakeNode{"a:1": sees(1, "a:1", "leave")}, 0, "all members left"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := Converged(found(t, test.nodes), test.members)
			if test.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrNotConverged) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}
