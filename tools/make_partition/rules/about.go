package rules

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// About describes a cut to a person who finds it in a firewall hours later, or did not
// make it. It is stored as comments of rules that no packet reaches.
type About struct {
	// Since is when the cut was planned, the zero time if that is not known.
	Since time.Time
	// Sides are lists of nodes that are cut from each other, with commas between.
	Sides []string
	// Pairs are single links that are cut, each "a | b".
	Pairs []string
}

const (
	// maxAbout is the number of characters of all sides, or pairs, together: some
	// 200 nodes that are in no order. The rest is counted.
	maxAbout = 4096
	// aboutChunk is the length of a piece that fits into a comment with what stands
	// before it.
	aboutChunk = 90
)

func aboutSplit(split *partition.Split, since time.Time) About {
	about := About{Since: since.Truncate(time.Second).UTC()}
	room := maxAbout
	for _, side := range split.Sides {
		text := listNodes(split, side, room/max(1, len(split.Sides)))
		about.Sides = append(about.Sides, text)
	}
	if len(split.Sides) > 0 {
		return about
	}
	for i, pair := range split.Cut {
		text := fmt.Sprintf("%s | %s", &split.Nodes[pair.A], &split.Nodes[pair.B])
		if room -= len(text); room < 0 {
			about.Pairs = append(about.Pairs, fmt.Sprintf("and %d more", len(split.Cut)-i))
			break
		}
		about.Pairs = append(about.Pairs, text)
	}
	return about
}

// listNodes writes nodes with commas between, and those that follow each other by
// their ports or addresses as "127.0.0.1:3000-3099" or "127.0.0.11-127.0.0.60:3000".
func listNodes(split *partition.Split, nodes []int, room int) string {
	var list []string
	used := 0
	for i := 0; i < len(nodes); {
		word, count := run(split, nodes[i:])
		if used += len(word) + 1; used > room {
			return strings.Join(append(list, fmt.Sprintf("and %d more", len(nodes)-i)), ",")
		}
		list = append(list, word)
		i += count
	}
	return strings.Join(list, ",")
}

// run writes the first of some nodes with those that follow it.
func run(split *partition.Split, nodes []int) (word string, count int) {
	first := &split.Nodes[nodes[0]]
	if first.Host != "" || first.Wildcard() || first.Address.Port() == 0 {
		return first.String(), 1
	}
	at := func(i int) netip.AddrPort {
		if n := &split.Nodes[nodes[i]]; n.Host == "" {
			return n.Address
		}
		return netip.AddrPort{}
	}
	follow := func(next func(netip.AddrPort) netip.AddrPort) int {
		n := 1
		for n < len(nodes) && at(n) == next(at(n-1)) {
			n++
		}
		return n
	}
	ports := follow(func(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), a.Port()+1) })
	if ports > 1 {
		return fmt.Sprintf("%s-%d", first, at(ports-1).Port()), ports
	}
	addrs := follow(func(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Next(), a.Port()) })
	if addrs > 2 {
		port := strconv.Itoa(int(first.Address.Port()))
		return strings.TrimSuffix(first.String(), ":"+port) + "-" + at(addrs-1).String(), addrs
	}
	return first.String(), 1
}

// The words that comments begin with, behind the tag.
const (
	aboutSince = "since "
	aboutSide  = "side "
	aboutPair  = "pair "
)

// Comments returns what is said as comments of rules, in order.
func (a About) Comments() []string {
	var list []string
	if !a.Since.IsZero() {
		list = append(list, tag+aboutSince+a.Since.Format(time.RFC3339))
	}
	for i, side := range a.Sides {
		for rest := side; rest != ""; {
			chunk := rest[:min(len(rest), aboutChunk)]
			rest = rest[len(chunk):]
			list = append(list, fmt.Sprintf("%s%s%d: %s", tag, aboutSide, i+1, chunk))
		}
	}
	for _, pair := range a.Pairs {
		comment := tag + aboutPair + pair
		list = append(list, comment[:min(len(comment), maxComment)])
	}
	return list
}

// ReadAbout reads such comments, in order. What it does not know it passes over.
func ReadAbout(comments []string) About {
	var a About
	last := ""
	for _, comment := range comments {
		text, found := strings.CutPrefix(comment, tag)
		if !found {
			continue
		}
		if since, ok := strings.CutPrefix(text, aboutSince); ok {
			a.Since, _ = time.Parse(time.RFC3339, since)
		} else if side, ok := strings.CutPrefix(text, aboutSide); ok {
			number, chunk, ok := strings.Cut(side, ": ")
			switch {
			case !ok:
			case number == last:
				a.Sides[len(a.Sides)-1] += chunk
			default:
				a.Sides = append(a.Sides, chunk)
				last = number
			}
		} else if pair, ok := strings.CutPrefix(text, aboutPair); ok {
			a.Pairs = append(a.Pairs, pair)
		}
	}
	return a
}
