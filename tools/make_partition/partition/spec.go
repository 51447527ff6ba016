package partition

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// MaxNodes is the largest number of nodes that a cut may be about.
const MaxNodes = 2000

// ErrUsage is wrapped by every error that is about the words that were given, not
// about the nodes that are there.
var ErrUsage = errors.New("usage")

// usageError keeps the word "usage" out of the text while errors.Is finds it.
type usageError struct{ text string }

func (e *usageError) Error() string        { return e.text }
func (e *usageError) Is(target error) bool { return target == ErrUsage }

func usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// Item is one word of a part: a port, a range of ports, either with a host, a
// host alone, or "*".
type Item struct {
	// Rest means: every node that is not named otherwise.
	Rest bool
	// Host is "" for "on any host". IPv6 has no brackets here.
	Host string
	// From and To are the ports, both included; 0 and 0 for a host alone.
	From, To uint16
}

// String returns the item as it is written.
func (i Item) String() string {
	if i.Rest {
		return "*"
	}
	host := i.Host
	if strings.Contains(host, ":") { // IPv6
		host = "[" + host + "]"
	}
	switch {
	case i.From == 0:
		return host
	case host != "":
		host += ":"
	}
	if i.From == i.To {
		return host + strconv.Itoa(int(i.From))
	}
	return fmt.Sprintf("%s%d-%d", host, i.From, i.To)
}

// isRange reports whether the item may mean ports that no node has.
func (i Item) isRange() bool { return i.From != i.To }

// Part is one side of a cut.
type Part []Item

// String returns the part as it is written.
func (p Part) String() string {
	words := make([]string, len(p))
	for i, item := range p {
		words[i] = item.String()
	}
	return strings.Join(words, ",")
}

// ParsePart reads a list of items with commas between them. The error wraps
// [ErrUsage].
func ParsePart(s string) (Part, error) {
	var part Part
	for word := range strings.SplitSeq(s, ",") {
		item, err := parseItem(strings.TrimSpace(word))
		if err != nil {
			return nil, err
		}
		part = append(part, item)
	}
	return part, nil
}

// ParsePair reads "a-b", where a and b are single nodes: 3000-3001, or
// 127.0.0.1:3000-127.0.0.1:3001. The error wraps [ErrUsage].
func ParsePair(s string) ([2]Item, error) {
	// A host name may hold a hyphen, so each one may be the one in the middle.
	for i := range len(s) {
		if s[i] != '-' {
			continue
		}
		a, errA := parseItem(s[:i])
		b, errB := parseItem(s[i+1:])
		if errA == nil && errB == nil && a.single() && b.single() {
			return [2]Item{a, b}, nil
		}
	}
	return [2]Item{}, usagef("%q is not a pair of nodes: 3000-3001 or HOST:PORT-HOST:PORT is expected", s)
}

func (i Item) single() bool { return !i.Rest && i.From != 0 && !i.isRange() }

func parseItem(word string) (Item, error) {
	if word == "*" {
		return Item{Rest: true}, nil
	}
	if host, ok := parseHost(word); ok && strings.HasPrefix(word, "[") {
		return Item{Host: host}, nil
	}
	item := Item{}
	ports := word
	if at := strings.LastIndexByte(word, ':'); at >= 0 {
		host, ok := parseHost(word[:at])
		if !ok {
			return Item{}, usagef("%q is not HOST:PORT", word)
		}
		item.Host, ports = host, word[at+1:]
	} else if host, ok := parseHost(word); ok && !startsWithDigits(word) {
		return Item{Host: host}, nil
	}
	from, to, isRange := strings.Cut(ports, "-")
	var ok bool
	if item.From, ok = parsePort(from); !ok {
		return Item{}, usagef("%q is not a port, a range of ports or HOST:PORT", word)
	}
	item.To = item.From
	if isRange {
		if item.To, ok = parsePort(to); !ok || item.To < item.From {
			return Item{}, usagef("%q is not a range of ports", word)
		}
	}
	return item, nil
}

// startsWithDigits tells a mistyped port or range from the name of a host.
func startsWithDigits(word string) bool {
	head, _, _ := strings.Cut(word, "-")
	_, err := strconv.Atoi(head)
	return err == nil
}

func parsePort(s string) (uint16, bool) {
	port, err := strconv.ParseUint(s, 10, 16)
	return uint16(port), err == nil && port > 0 && s[0] != '+'
}
