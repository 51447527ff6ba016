package admin

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

// verdictInWords writes a verdict in one line.
func verdictInWords(v *Verdict) string {
	text := fmt.Sprintf("%v, %d views, sides %s", v.Condition, v.Views, inWords(v.Sides))
	for _, part := range []struct {
		name string
		list []wire.Address
	}{{"up", v.Up}, {"suspect", v.Suspect}, {"silent", v.Silent}, {"faulty", v.Faulty}, {"left", v.Left}} {
		if len(part.list) > 0 {
			text += fmt.Sprintf(", %s %s", part.name, names(part.list))
		}
	}
	return text
}

func TestVerdictCountsEveryMemberOnce(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		want string
	}{
		{"no node answers", []string{"", ""}, "unknown, 0 views, sides "},
		{"all agree", []string{"aaa", "aaa", "aaa"}, "agreed, 1 views, sides abc, up abc"},
		{"two are dead", []string{"aaff", "aaff", "", ""}, "agreed, 1 views, sides ab, up ab, faulty cd"},
		{"one is suspect and silent", []string{"aas", "aas", ""}, "agreed, 1 views, sides ab, up ab, suspect c"},
		{"one is alive for some and silent", []string{"aas", "aaa", ""}, "spreading, 2 views, sides ab(2), up ab, silent c"},
		{"one answers, and others doubt it", []string{"aas", "aas", "aaa"}, "spreading, 2 views, sides abc(2), up ab, suspect c"},
		{"two hold each other down across a bridge", []string{"aaf", "aaa", "faa"}, "spreading, 3 views, sides abc(3), up b, suspect ac"},
		{"a split", []string{"aaff", "aaff", "ffaa", "ffaa"}, "split, 2 views, sides ab | cd, up abcd"},
		{"a split of which one side does not answer", []string{"aaff", "aaff", "", ""}, "agreed, 1 views, sides ab, up ab, faulty cd"},
		{"a split with a silent node", []string{"aaff", "aaff", "ffaa", ""}, "split, 2 views, sides ab | c, up abc, silent d"},
		{"an island", []string{"a--", "aaa", "aaa"}, "split, 2 views, sides bc> | a>, up abc"},
		{"one left and answers", []string{"aal", "aal", "aal"}, "agreed, 1 views, sides ab, up ab, left c"},
		{"one left, and not all have heard", []string{"aaa", "aal", "aal"}, "spreading, 2 views, sides ab(2), up ab, left c"},
		{"one left and has an old list", []string{"aalf", "aalf", "aala", ""}, "agreed, 1 views, sides ab, up ab, faulty d, left c"},
		{"one left and its process ended", []string{"aal", "aaf", ""}, "spreading, 2 views, sides ab(2), up ab, left c"},
		{"all left", []string{"ll", "ll"}, "agreed, 1 views, sides , left ab"},
		{"a tombstone is no member", []string{"at", ""}, "agreed, 1 views, sides a, up a"},
		{"one is no member of its own list", []string{"aa", "--"}, "agreed, 1 views, sides a, up a, suspect b"},
		{"a stranger that does not answer is no member", []string{"a-", ""}, "agreed, 1 views, sides a, up a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			v := VerdictOf(clusterOf(test.rows...))
			if diff := cmp.Diff(test.want, verdictInWords(v)); diff != "" {
				t.Error(diff)
			}
			if c := ConditionOf(clusterOf(test.rows...).Partitions()); c != v.Condition {
				t.Errorf("the partitions amount to %v", c)
			}
		})
	}
}
