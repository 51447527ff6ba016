package screen

import (
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// colours are the escape sequences that change how text looks.
var colours = regexp.MustCompile("\x1b\\[[0-9;:]*m")

// clean makes a line of a program safe to show: what would move the cursor,
// clear the screen or is no text at all is spelled out, and colours are taken
// away, because a program that dies in the middle leaves them on.
func clean(line string) string {
	if !strings.ContainsFunc(line, unprintable) {
		return line
	}
	line = colours.ReplaceAllString(line, "")
	var b strings.Builder
	for i, r := range line {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(line[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, line[i])
		case unprintable(r):
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func unprintable(r rune) bool {
	return r < ' ' && r != '\t' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError
}
