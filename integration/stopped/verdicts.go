package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
)

// verdicts are those of all nodes, about members that are stopped and about those that are
// well: that never are.
type verdicts struct {
	stopped int // the first so many nodes are stopped again and again

	mu       sync.Mutex
	began    bool
	programs []string
	index    map[string]int // of a node, by its address
	counts   map[verdict]int
}

// verdict is what a node of a program has declared one of another program to be.
type verdict struct {
	by, of, status string
	stopped        bool // the one that it is about is, again and again
}

const (
	suspect = "suspect"
	faulty  = "faulty"
)

// add adds a node. All are added before the first starts.
func (v *verdicts) add(address, program string) {
	if v.index == nil {
		v.index, v.counts = make(map[string]int), make(map[verdict]int)
	}
	v.index[address] = len(v.programs)
	v.programs = append(v.programs, program)
}

// begin begins to count.
func (v *verdicts) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.began = true
}

// phrase is how a program says in its log that it declares a member to be something; the
// first group is the member.
type phrase struct {
	status string
	text   *regexp.Regexp
}

// phrases are those of the programs. A node of ringpop-go suspects a member whose helpers did not
// reach it, and ends the state suspect with faulty.
var phrases = map[string][]phrase{
	ours: {
		{suspect, regexp.MustCompile(`"msg":"declared suspect".*?"member":"([^"]+)"`)},
		{faulty, regexp.MustCompile(`"msg":"declared faulty".*?"member":"([^"]+)"`)},
	},
	ringpopGo: {
		{suspect, regexp.MustCompile(`msg="ping request target unreachable".* target="?([0-9.]+:[0-9]+)`)},
		{faulty, regexp.MustCompile(`msg="executing scheduled transition for member".* member="?([0-9.]+:[0-9]+)"? state=suspect`)},
	},
}

// read follows what node i logs.
func (v *verdicts) read(i int, output *os.File) {
	lines := bufio.NewScanner(output)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		v.line(i, lines.Text())
	}
}

// line handles a line of the log of node i.
func (v *verdicts) line(i int, text string) {
	for _, p := range phrases[v.programs[i]] {
		if found := p.text.FindStringSubmatch(text); found != nil {
			v.count(i, found[1], p.status)
		}
	}
}

func (v *verdicts) count(by int, address, status string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if of, ok := v.index[address]; ok && v.began {
		v.counts[verdict{v.programs[by], v.programs[of], status, of < v.stopped}]++
	}
}

// header is that of the table of which row returns a row.
const header = "suspected by ours | by ringpop-go | declared faulty by ours | by ringpop-go | of those, members of ringpop-go | the stopped declared faulty by ours | by ringpop-go"

// row is the row of a table. Without nodes of ringpop-go it says nothing of them.
func (v *verdicts) row(mixed bool) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	count := func(by, status string, stopped bool, of ...string) string {
		if by == ringpopGo && !mixed {
			return "-"
		}
		n := 0
		for _, program := range of {
			n += v.counts[verdict{by, program, status, stopped}]
		}
		return fmt.Sprint(n)
	}
	all := []string{ours, ringpopGo}
	accused := "-"
	if mixed {
		accused = fmt.Sprint(v.counts[verdict{ours, ringpopGo, faulty, false}] + v.counts[verdict{ringpopGo, ringpopGo, faulty, false}])
	}
	return strings.Join([]string{
		count(ours, suspect, false, all...), count(ringpopGo, suspect, false, all...),
		count(ours, faulty, false, all...), count(ringpopGo, faulty, false, all...), accused,
		count(ours, faulty, true, all...), count(ringpopGo, faulty, true, all...),
	}, " | ")
}
