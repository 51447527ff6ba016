package picture

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReadsWhatTmuxCaptures(t *testing.T) {
	red, boldRed := style{colour: 1, background: -1}, style{colour: 1, background: -1, bold: true}
	for _, tt := range []struct {
		name, line string
		want       []span
	}{
		{"plain", " a b", []span{{0, " a b", plain}}},
		{"empty", "", nil},
		{"colour", "ab\x1b[31mcd\x1b[39mé", []span{{0, "ab", plain}, {2, "cd", red}, {4, "é", plain}}},
		{"several at once", "\x1b[1;31mx\x1b[0my", []span{{0, "x", boldRed}, {1, "y", plain}}},
		{"reset without a number", "\x1b[7mx\x1b[my", []span{{0, "x", style{colour: -1, background: -1, reverse: true}}, {1, "y", plain}}},
		{"weight", "\x1b[2mx\x1b[22;27my", []span{{0, "x", style{colour: -1, background: -1, dim: true}}, {1, "y", plain}}},
		{"background", "\x1b[30m\x1b[43mx\x1b[49my", []span{{0, "x", style{colour: 0, background: 3}}, {1, "y", style{colour: 0, background: -1}}}},
		{"others", "\x1b[Ka\x1b[31mb", []span{{0, "a", plain}, {1, "b", red}}},
		{"cut off", "a\x1b[3", []span{{0, "a", plain}}},
	} {
		if diff := cmp.Diff(tt.want, parse(tt.line), cmp.AllowUnexported(span{}, style{})); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}
}

// Spaces at the ends of a text, and several in a row, get lost in browsers.
func TestPhrasesNeedNoSpaces(t *testing.T) {
	s := span{3, "  é two  words   x ", plain}
	want := []span{{5, "é two", plain}, {12, "words", plain}, {20, "x", plain}}
	if diff := cmp.Diff(want, s.phrases(), cmp.AllowUnexported(span{}, style{})); diff != "" {
		t.Error(diff)
	}
	if got := (&span{0, "   ", plain}).phrases(); got != nil {
		t.Errorf("spaces alone: %v", got)
	}
}

func TestSVGHasAllOfTheText(t *testing.T) {
	svg := SVG("\x1b[1;31m SPLIT\x1b[0m <2>\n\x1b[7mchosen\x1b[0m\n", 20, "a & b", Dark)
	var text []string
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if data, ok := token.(xml.CharData); ok && strings.TrimSpace(string(data)) != "" {
			text = append(text, string(data))
		}
	}
	if diff := cmp.Diff([]string{"a & b", "SPLIT", "<2>", "chosen"}, text); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{
		`fill="#ff7b72" font-weight="bold">SPLIT<`,
		`y="30" width="50.4" height="18" fill="#e6edf3"/>`, // behind what is chosen
		`fill="#0d1117">chosen<`,
	} {
		if !strings.Contains(svg, want) {
			t.Errorf("no %s in\n%s", want, svg)
		}
	}
}
