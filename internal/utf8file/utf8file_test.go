package utf8file

import (
	"errors"
	"testing"
)

func TestText(t *testing.T) {
	for _, test := range []struct {
		name, data, want string
		err              error
	}{
		{"plain", `["a:1"]`, `["a:1"]`, nil},
		{"empty", "", "", nil},
		{"one byte", "[", "[", nil},
		{"with a mark", "\xEF\xBB\xBF[]", "[]", nil},
		{"with two marks", "\xEF\xBB\xBF\xEF\xBB\xBF[]", "\xEF\xBB\xBF[]", nil},
		{"a mark in the middle", "[\xEF\xBB\xBF]", "[\xEF\xBB\xBF]", nil},
		{"half a mark", "\xEF\xBB", "\xEF\xBB", nil},
		{"UTF-16, little end first", "\xFF\xFE[\x00]\x00", "", ErrUTF16},
		{"UTF-16, big end first", "\xFE\xFF\x00[\x00]", "", ErrUTF16},
		{"UTF-16 without a mark", "[\x00]\x00", "", ErrUTF16},
		{"the other without a mark", "\x00[\x00]", "", ErrUTF16},
		{"UTF-32", "\x00\x00\xFE\xFF\x00\x00\x00[", "", ErrUTF16},
	} {
		text, err := Text([]byte(test.data))
		if !errors.Is(err, test.err) || string(text) != test.want {
			t.Errorf("%s: got %q, error %v; want %q, %v", test.name, text, err, test.want, test.err)
		}
	}
}
