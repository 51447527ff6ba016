package wire

import (
	"strconv"
	"strings"
)

// Nearly all pings of a cluster at rest, and their answers, tell no changes. They are read
// here, without JSON's general decoder, as ringmend and ringpop-go write them: with these
// keys in this order and no space between. Whatever else comes, and all that is wrong, is
// left to that decoder.

// decodeQuietPing reads a ping without changes, and its answer; ok is false when the body
// is another one.
func decodeQuietPing(body []byte) (p *Ping, ok bool) {
	const longest = 1 << 10
	if len(body) > longest {
		return nil, false
	}
	s := quietScanner{rest: string(body), ok: true}
	if !s.skip(`{"changes":[]`) {
		s.expect(`{"changes":null`)
	}
	s.expect(`,"checksum":`)
	checksum := s.number(32)
	s.expect(`,"source":`)
	source := s.address()
	s.expect(`,"sourceIncarnationNumber":`)
	incarnation := s.number(63)
	app := ""
	if s.skip(`,"app":`) {
		app = s.text()
	}
	s.expect(`}`)
	if !s.ok || s.rest != "" {
		return nil, false
	}
	return &Ping{Checksum: uint32(checksum), Source: source, SourceIncarnation: int64(incarnation), App: app}, true
}

// quietScanner takes what is expected off the beginning of a text. Once something else
// comes it is not ok, and stays so.
type quietScanner struct {
	rest string
	ok   bool
}

// skip takes a text if it comes.
func (s *quietScanner) skip(text string) (taken bool) {
	s.rest, taken = strings.CutPrefix(s.rest, text)
	return taken
}

func (s *quietScanner) expect(text string) { s.ok = s.skip(text) && s.ok }

// number takes a number of so many bits at most.
func (s *quietScanner) number(bits int) uint64 {
	end := 0
	for end < len(s.rest) && '0' <= s.rest[end] && s.rest[end] <= '9' {
		end++
	}
	digits := s.rest[:end]
	s.rest = s.rest[end:]
	n, err := strconv.ParseUint(digits, 10, bits)
	if err != nil || digits[0] == '0' && end > 1 {
		s.ok = false
	}
	return n
}

// address takes an address, or an empty string for none.
func (s *quietScanner) address() Address {
	text := s.text()
	if text == "" {
		return ""
	}
	a, err := ParseAddress(text)
	s.ok = s.ok && err == nil
	return a
}

// text takes a string of printable ASCII without escapes.
func (s *quietScanner) text() string {
	if !s.skip(`"`) {
		s.ok = false
		return ""
	}
	for i := range len(s.rest) {
		switch c := s.rest[i]; {
		case c == '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return text
		case c < ' ' || c > '~' || c == '\\':
			s.ok = false
			return ""
		}
	}
	s.ok = false
	return ""
}
