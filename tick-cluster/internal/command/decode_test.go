package command

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeSplitsKeys(t *testing.T) {
	tests := []struct {
		name, data string
		want       []rune
		rest       string
	}{
		{"letters", "k1\r", []rune("k1\r"), ""},
		{"an arrow is one key", "\x1b[At", []rune{other, 't'}, ""},
		{"with modifiers", "\x1b[1;5Cq", []rune{other, 'q'}, ""},
		{"a function key", "\x1bOPt", []rune{other, 't'}, ""},
		{"a broken sequence", "\x1b[1", []rune{other}, ""},
		{"Alt and a letter is not the letter", "\x1bq", []rune{other}, ""},
		{"Esc alone", "\x1b", []rune{escape}, ""},
		{"more than ASCII", "é", []rune{'é'}, ""},
		{"a character in two pieces", "t\xc3", []rune{'t'}, "\xc3"},
		{"no character at all", "\xff", []rune{other}, ""},
		{"nothing", "", nil, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			keys, rest := Decode([]byte(test.data))
			if diff := cmp.Diff(test.want, keys); diff != "" || string(rest) != test.rest {
				t.Errorf("keys (-want +got):\n%srest %q, want %q", diff, rest, test.rest)
			}
		})
	}
}

// Text without Esc gives the same keys however it is cut into pieces, and what
// waits for its end stays short.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"", "k12\r", "\x1b[A", "\x1bO", "é\xc3", "\xf0\x9f\x98\x80", "\x1b\x1b[\xff"} {
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, data []byte, cut int) {
		whole, rest := Decode(data)
		if len(rest) > 3 {
			t.Fatalf("%d bytes are left of %q", len(rest), data)
		}
		if cut < 0 || cut > len(data) || bytes.IndexByte(data, escape) >= 0 {
			return
		}
		first, left := Decode(data[:cut])
		second, _ := Decode(append(bytes.Clone(left), data[cut:]...))
		if diff := cmp.Diff(string(whole), string(first)+string(second)); diff != "" {
			t.Fatalf("%q in two pieces (-whole +pieces):\n%s", data, diff)
		}
	})
}
