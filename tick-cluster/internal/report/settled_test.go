package report

import (
	"errors"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/node/wire"
)

func TestSettledIsWhenEverySideIsAtRest(t *testing.T) {
	of := func(status0, status1, status2 wire.Status) []wire.Member {
		return []wire.Member{member("127.0.0.1:3000", status0, 1), member("127.0.0.1:3001", status1, 1), member("127.0.0.1:3002", status2, 1)}
	}
	const alive, suspect, faulty = wire.Alive, wire.Suspect, wire.Faulty
	whole := of(alive, alive, alive)
	stranger := append(of(alive, alive, alive), member("10.0.0.1:1", alive, 1))
	refused := []Answer[*wire.Stats]{{Node: "3000", Value: view(7, whole...)}, {Node: "3001", Err: errRefused}}
	for name, test := range map[string]struct {
		answers    []Answer[*wire.Stats]
		partitions int
		want       string // the line, or part of the error
	}{
		"all agree":    {seen(t, 7, whole, 7, whole, 7, whole), 1, "[3000, 3001, 3002] 7 (3)"},
		"one is down":  {seen(t, 7, of(alive, alive, faulty), 7, of(alive, alive, faulty)), 1, "[3000, 3001] 7 (2)"},
		"two sides":    {seen(t, 7, of(alive, faulty, faulty), 8, of(faulty, alive, alive), 8, of(faulty, alive, alive)), 2, "[3000] 7 (1) [3001, 3002] 8 (2)"},
		"not split":    {seen(t, 7, whole, 7, whole, 7, whole), 2, "1 different checksums, not 2"},
		"still split":  {seen(t, 7, whole, 8, whole, 8, whole), 1, "2 different checksums, not 1"},
		"a suspect":    {seen(t, 7, of(alive, alive, suspect), 7, of(alive, alive, suspect)), 1, "3000 suspects 3002"},
		"on its way":   {seen(t, 7, of(alive, faulty, alive), 8, of(faulty, alive, alive), 8, of(faulty, alive, alive)), 2, "3000 holds 3002 alive, which is not of its side"},
		"just killed":  {seen(t, 7, whole, 7, whole), 1, "3000 holds 3002 alive, which is not of its side"},
		"a stranger":   {seen(t, 7, stranger, 7, stranger, 7, stranger), 1, "3000 holds 10.0.0.1:1 alive, which is not of its side"},
		"not known":    {seen(t, 7, of(alive, faulty, faulty), 7, of(alive, faulty, faulty)), 1, "3000 holds 1 of the 2 nodes of its side alive"},
		"not answered": {refused, 1, "3001 does not answer: connection refused"},
	} {
		line, err := Settled(test.answers, names, test.partitions)
		switch {
		case err == nil && line != test.want:
			t.Errorf("%s: got %q, want %q", name, line, test.want)
		case err != nil && (!errors.Is(err, ErrNotSettled) || !strings.Contains(err.Error(), test.want)):
			t.Errorf("%s: error %v, want %q", name, err, test.want)
		}
	}
}

// seen is the answers of 3000, 3001 and so on: for each a checksum and its members.
func seen(t *testing.T, pairs ...any) (answers []Answer[*wire.Stats]) {
	t.Helper()
	list := []string{"3000", "3001", "3002"}
	for i := 0; i < len(pairs); i += 2 {
		checksum, members := uint32(pairs[i].(int)), pairs[i+1].([]wire.Member)
		answers = append(answers, Answer[*wire.Stats]{Node: list[i/2], Value: view(checksum, members...)})
	}
	return answers
}

func TestManyThatWereNotAskedAreWrittenTogether(t *testing.T) {
	var absent []Absent
	for _, name := range strings.Fields("1 2 3 4 5 6 7 8 9 10 11 12") {
		absent = append(absent, Absent{name, "killed"})
	}
	absent[11].Why = "suspended"
	same(t, Checksums(nil, absent), "not asked: 1-11 (killed), 12 (suspended)\n")
}
