package script

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Step is something that happens to the cluster at a time. Which of the fields
// mean something depends on the verb; see [Verbs].
type Step struct {
	At   time.Duration
	Verb string
	Sets []Set         // the nodes concerned
	Time time.Duration // a pause, a delay, or what a clock is off by
	Rate float64       // a probability, or microseconds per second
	How  string        // one of the verb's words
}

// Set is a set of nodes by their numbers from 1 on, in order.
type Set []int

// grammar says how a step with some verb is written.
type grammar struct {
	help             string
	minSets, maxSets int
	between          string // the sets
	time, rate, how  string // names of parameters; empty: there is none
	words            []string
}

// MaxParts is into how many parts one cut can split a cluster.
const MaxParts = 255

var verbs = map[string]grammar{
	"cut":       {"1-3 | 4,5", 2, MaxParts, "|", "", "", "how", allCutWords},
	"one-way":   {"1-3 > 4,5", 2, 2, ">", "", "", "how", allCutWords},
	"mend":      {"", 0, 0, "", "", "", "", nil},
	"crash":     {"3", 1, 1, "", "", "", "how", crashWords},
	"restart":   {"3 clock=-1h", 1, 1, "", "clock", "", "", nil},
	"list":      {"3-5 | 1,2", 1, 2, "|", "", "", "how", listWords},
	"pause":     {"3 time=5s", 1, 1, "", "time", "", "", nil},
	"slow":      {"3 by=20ms", 1, 1, "", "by", "", "", nil},
	"busy":      {"1-3 by=2s", 1, 1, "", "by", "", "", nil},
	"drift":     {"3 ppm=200", 1, 1, "", "", "ppm", "", nil},
	"lag":       {"1 > 2 by=300ms", 2, 2, ">", "by", "", "", nil},
	"loss":      {"rate=0.01", 0, 0, "", "", "rate", "how", lossWords},
	"duplicate": {"rate=0.01", 0, 0, "", "", "rate", "", nil},
	"leave":     {"3", 1, 1, "", "", "", "", nil},
	"rejoin":    {"3", 1, 1, "", "", "", "", nil},
	"evict":     {"3", 1, 1, "", "", "", "", nil},
	"expel":     {"1 > 3", 2, 2, ">", "", "", "", nil},
	"readmit":   {"1 > 3", 2, 2, ">", "", "", "", nil},
	"reap":      {"3", 1, 1, "", "", "", "", nil},
	"heal":      {"3", 1, 1, "", "", "", "", nil},
	"label":     {"3", 1, 1, "", "", "", "", nil},
	"store":     {"1-3", 1, 1, "", "", "", "how", storeWords},
}

// The ways in which a cut or a crash shows to a caller.
const (
	HowRefuse = "refuse" // at once: the connection is reset
	HowDrop   = "drop"   // only by the time-out
	HowStall  = "stall"  // like drop, but what was sent arrives after the cut, as TCP has it
	// HowBackOff is like stall, and a connection over which something was sent in vain stays
	// dead after the cut until TCP sends again: as long as the cut has lasted, or 10 s.
	HowBackOff = "back-off"
)

// What becomes of a message that is lost.
const (
	HowForget = "forget" // it never arrives
	HowResend = "resend" // it comes late, since TCP sends it again
)

// What becomes of operations on the store of the lease.
const (
	HowAway = "away" // it is not reached; only the time-out tells
	HowMute = "mute" // it does what it is told, and its answers are lost
	HowLate = "late" // it takes seconds
	HowBack = "back" // all is well again
)

// HowNowhere is how to list an address at which nothing ever listens.
const HowNowhere = "nowhere"

var (
	listWords = []string{HowNowhere}
	// cutWords are those that the scenarios draw from.
	cutWords    = []string{HowRefuse, HowDrop, HowStall}
	allCutWords = []string{HowRefuse, HowDrop, HowStall, HowBackOff}

	crashWords = []string{HowRefuse, HowDrop}
	lossWords  = []string{HowForget, HowResend}
	storeWords = []string{HowAway, HowMute, HowLate, HowBack}
)

// Verbs returns an example of every kind of step.
func Verbs() []string {
	var list []string
	for verb, g := range verbs {
		text := strings.TrimSpace(verb + " " + g.help)
		if len(g.words) > 0 {
			text += " how=" + strings.Join(g.words, "|")
		}
		list = append(list, text)
	}
	slices.Sort(list)
	return list
}

// String returns the step as [Parse] reads it.
func (s *Step) String() string {
	g := verbs[s.Verb]
	words := []string{s.At.String(), s.Verb}
	for i, set := range s.Sets {
		if i > 0 {
			words = append(words, g.between)
		}
		words = append(words, set.String())
	}
	if g.time != "" && s.Time != 0 {
		words = append(words, g.time+"="+s.Time.String())
	}
	if g.rate != "" {
		words = append(words, g.rate+"="+strconv.FormatFloat(s.Rate, 'g', -1, 64))
	}
	if s.How != "" {
		words = append(words, g.how+"="+s.How)
	}
	return strings.Join(words, " ")
}

// ParseStep reads a step without its time, such as "crash 3".
func ParseStep(text string) (Step, error) {
	words := strings.Fields(text)
	if len(words) == 0 {
		return Step{}, errors.New("nothing to do")
	}
	s := Step{Verb: words[0]}
	g, ok := verbs[s.Verb]
	if !ok {
		return s, fmt.Errorf("unknown verb %q", s.Verb)
	}
	for i, word := range words[1:] {
		name, value, isParameter := strings.Cut(word, "=")
		var err error
		switch {
		case !isParameter && i%2 == 1 && word == g.between:
		case !isParameter && i%2 == 0:
			var set Set
			set, err = parseSet(word)
			s.Sets = append(s.Sets, set)
		case isParameter && name == g.time:
			s.Time, err = time.ParseDuration(value)
		case isParameter && name == g.rate:
			s.Rate, err = strconv.ParseFloat(value, 64)
		case isParameter && name == g.how:
			s.How = value
		default:
			err = fmt.Errorf("%q is not understood", word)
		}
		if err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Step) validate(nodes int) error {
	g, ok := verbs[s.Verb]
	switch {
	case !ok:
		return fmt.Errorf("unknown verb %q", s.Verb)
	case s.At < 0 || s.At > maxFor:
		return fmt.Errorf("the time must be from 0 to %v", maxFor)
	case len(s.Sets) < g.minSets || len(s.Sets) > g.maxSets:
		return fmt.Errorf("%d sets of nodes, see %q", len(s.Sets), s.Verb+" "+g.help)
	case s.How != "" && !slices.Contains(g.words, s.How):
		return fmt.Errorf("%s is one of %s", g.how, strings.Join(g.words, ", "))
	case g.rate == "rate" && !isProbability(s.Rate):
		return errors.New("the rate is a probability, from 0 to 1")
	case g.rate == "ppm" && !(s.Rate > -MaxDrift && s.Rate < MaxDrift):
		return fmt.Errorf("a clock drifts by less than %d ppm", int(MaxDrift))
	case g.time != "" && g.time != "clock" && s.Time < 0:
		return fmt.Errorf("%s must not be negative", g.time)
	}
	seen := make(map[int]bool)
	for _, set := range s.Sets {
		if s.Verb == "list" {
			clear(seen) // a node may list itself
		}
		for _, i := range set {
			if i < 1 || i > nodes {
				return fmt.Errorf("there is no node %d", i)
			}
			if seen[i] {
				return fmt.Errorf("node %d is named twice", i)
			}
			seen[i] = true
		}
	}
	return nil
}

// MaxDrift is a tenth of a second per second: far worse than any machine.
const MaxDrift = 100_000

// String returns the set as ranges: 1-3,7.
func (s Set) String() string {
	var parts []string
	for i := 0; i < len(s); {
		j := i
		for j+1 < len(s) && s[j+1] == s[j]+1 {
			j++
		}
		part := strconv.Itoa(s[i])
		if j > i {
			part += "-" + strconv.Itoa(s[j])
		}
		parts = append(parts, part)
		i = j + 1
	}
	return strings.Join(parts, ",")
}

func parseSet(text string) (Set, error) {
	var set Set
	for part := range strings.SplitSeq(text, ",") {
		from, to, isRange := strings.Cut(part, "-")
		if !isRange {
			to = from
		}
		first, err1 := strconv.Atoi(from)
		last, err2 := strconv.Atoi(to)
		if err := cmp.Or(err1, err2); err != nil || first < 1 || last > MaxNodes || first > last {
			return nil, fmt.Errorf("%q is not a set of nodes such as 1-3,7", text)
		}
		for i := first; i <= last; i++ {
			set = append(set, i)
		}
	}
	slices.Sort(set)
	return slices.Compact(set), nil
}

// IsFault reports whether a step is one that a cluster without faults would not
// see. Nodes may come and go, and say so.
func (s *Step) IsFault() bool {
	switch s.Verb {
	case "restart", "list", "store", "leave", "rejoin", "evict", "expel", "readmit", "reap", "heal", "label", "mend":
		return false
	case "loss", "duplicate":
		return s.Rate > 0
	}
	return true
}
