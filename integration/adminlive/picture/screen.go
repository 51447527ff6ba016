package picture

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// style is how a piece of text looks.
type style struct {
	colour, background int // of the terminal's palette, 0 to 7; -1 for its own
	bold, dim, reverse bool
}

// span is a piece of a line in one style, at a column.
type span struct {
	column int
	text   string
	style  style
}

var plain = style{colour: -1, background: -1}

// parse reads a line with escape sequences. Those that say nothing of colours and
// weight are left out.
func parse(line string) []span {
	var spans []span
	now, column := plain, 0
	add := func(text string) {
		if text != "" {
			spans = append(spans, span{column, text, now})
			column += len([]rune(text)) // no wide characters are on our screens
		}
	}
	for {
		text, rest, found := strings.Cut(line, "\x1b[")
		add(text)
		if !found {
			return spans
		}
		end := strings.IndexFunc(rest, func(r rune) bool { return r >= '@' && r <= '~' })
		if end < 0 {
			return spans
		}
		if rest[end] == 'm' {
			now.change(rest[:end])
		}
		line = rest[end+1:]
	}
}

// phrase is text without spaces at its ends, and without several in a row.
var phrase = regexp.MustCompile(`\S+(?: \S+)*`)

// phrases returns the phrases of a span, each at its column. A program that shows
// SVG drops spaces at the ends of a text and makes one of several, and most heed
// xml:space only where it stands on the text itself, if at all.
func (s *span) phrases() []span {
	var phrases []span
	for _, at := range phrase.FindAllStringIndex(s.text, -1) {
		before, text := s.text[:at[0]], s.text[at[0]:at[1]]
		phrases = append(phrases, span{s.column + utf8.RuneCountInString(before), text, s.style})
	}
	return phrases
}

// change changes the style by the numbers of a sequence.
func (s *style) change(numbers string) {
	for number := range strings.SplitSeq(numbers, ";") {
		switch n, _ := strconv.Atoi(number); { // no number stands for 0
		case n == 0:
			*s = plain
		case n == 1:
			s.bold = true
		case n == 2:
			s.dim = true
		case n == 7:
			s.reverse = true
		case n == 22:
			s.bold, s.dim = false, false
		case n == 27:
			s.reverse = false
		case n >= 30 && n <= 37:
			s.colour = n - 30
		case n == 39:
			s.colour = -1
		case n >= 40 && n <= 47:
			s.background = n - 40
		case n == 49:
			s.background = -1
		}
	}
}
