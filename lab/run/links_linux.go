package run

import (
	"fmt"

	"github.com/ringmend/ringmend/lab/fault"
	"github.com/ringmend/ringmend/lab/link"
	"github.com/ringmend/ringmend/lab/result"
)

// proof is what a cut or a change of links must show when it ends.
type proof struct {
	name, what string
	links      []link.Link
	count      func(link.Counts) uint64
	did        string // what the counted packets were
	before     uint64
}

func (cl *Cluster) cut(c fault.Command, sets [][]int) error {
	var links []link.Link
	if c.Verb == fault.OneWay {
		links = link.OneWay(cl.layout.At(sets[0]), cl.layout.At(sets[1]))
	} else {
		for i := range sets {
			for j := range i {
				links = append(links, link.Both(cl.layout.At(sets[i]), cl.layout.At(sets[j]))...)
			}
		}
	}
	return cl.impose(c, links, "cut off", func(n link.Counts) uint64 { return n.Cut }, func(l *link.Network, name string) error {
		return l.Cut(name, link.Kind(cl.config.How), links)
	})
}

func (cl *Cluster) change(c fault.Command, nodes []int, change link.Change, count func(link.Counts) uint64, did string) error {
	hosts := cl.layout.At(nodes)
	links := append(link.Both(hosts, cl.layout.Others(hosts)), link.OneWay(hosts, hosts)...)
	return cl.impose(c, links, did, count, func(l *link.Network, name string) error { return l.Change(name, change, links) })
}

// impose does something to links, and remembers what must come of it.
func (cl *Cluster) impose(c fault.Command, links []link.Link, did string, count func(link.Counts) uint64, do func(*link.Network, string) error) error {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	p := proof{name: fmt.Sprintf("%d", len(cl.evidence)+len(cl.pending)+1), what: c.String(), links: links, count: count, did: did}
	var err error
	cl.net.With(func(l *link.Network) {
		p.before = p.total(l)
		err = do(l, p.name)
	})
	if err == nil {
		cl.pending = append(cl.pending, p)
	}
	return err
}

func (p *proof) total(l *link.Network) (sum uint64) {
	for _, at := range p.links {
		sum += p.count(l.Counts(at.From, at.To))
	}
	return sum
}

// mend mends all links, and writes down what each cut and change has done.
func (cl *Cluster) mend() {
	cl.mu.Lock()
	defer cl.mu.Unlock()
	cl.net.With(func(l *link.Network) {
		for _, p := range cl.pending {
			n := p.total(l) - p.before
			cl.evidence = append(cl.evidence, result.Evidence{What: p.what, OK: n > 0, Detail: fmt.Sprintf("%d packets %s", n, p.did)})
		}
		l.MendAll()
	})
	cl.pending = nil
}
