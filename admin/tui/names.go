package tui

import (
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// naming is how members are called where there is little room.
type naming uint8

const (
	byAddressAndPort naming = iota
	byPort                  // they are all on one host
	byHost                  // they all have one port
)

// namingOf returns the shortest naming that tells members apart.
func namingOf(members []wire.Address) naming {
	oneHost, onePort := len(members) > 1, len(members) > 1
	for _, m := range members {
		oneHost = oneHost && m.Host() == members[0].Host()
		onePort = onePort && portOf(m) == portOf(members[0])
	}
	switch {
	case oneHost:
		return byPort
	case onePort:
		return byHost
	default:
		return byAddressAndPort
	}
}

func portOf(a wire.Address) string { return string(a[strings.LastIndexByte(string(a), ':')+1:]) }

func (n naming) name(a wire.Address) string {
	switch n {
	case byPort:
		return portOf(a)
	case byHost:
		return a.Host()
	default:
		return string(a)
	}
}

// names returns the first names of members, as many as fit into width, and how
// many more there are: "3000, 3001 and 14 more". If not even one fits, it is how
// many there are.
func (n naming) names(members []wire.Address, width int) string {
	return bounded(n.first(members, width), len(members), width)
}

// first returns the names of the first members, up to most of them.
func (n naming) first(members []wire.Address, most int) []string {
	var names []string
	for _, m := range members[:min(len(members), max(most, 0))] {
		names = append(names, n.name(m))
	}
	return names
}

// bounded returns as many leading names as fit; members is how many there are in all.
func bounded(names []string, members, width int) string {
	for k := len(names); k > 0; k-- {
		text := strings.Join(names[:k], ", ") + more(members-k)
		if len([]rune(text)) <= width {
			return text
		}
	}
	return fmt.Sprint(members)
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" and %d more", n)
}
