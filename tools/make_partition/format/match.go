package format

import (
	"fmt"

	"github.com/ringmend/ringmend/tools/make_partition/rules"
)

// dialect is how a firewall of Linux says what a rule matches. All of them say it
// in the same order; the words for a value have a verb for it.
type dialect struct {
	from, to         string // IP addresses
	tcp              string
	fromPort, toPort string
	syn, rst         string
	user             string
}

// match returns the conditions of a rule. The user is written as the firewall
// wants names written.
func (d *dialect) match(r *rules.Rule, user string) []string {
	var words []string
	say := func(is bool, word string) {
		if is {
			words = append(words, word)
		}
	}
	say(r.From.IsValid(), fmt.Sprintf(d.from, r.From))
	say(r.To.IsValid(), fmt.Sprintf(d.to, r.To))
	say(true, d.tcp)
	say(r.FromPort != 0, fmt.Sprintf(d.fromPort, r.FromPort))
	say(r.ToPort != 0, fmt.Sprintf(d.toPort, r.ToPort))
	say(r.SYN, d.syn)
	say(r.RST, d.rst)
	say(r.User != "", fmt.Sprintf(d.user, user))
	return words
}
