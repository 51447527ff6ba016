package utf8file

import (
	"bytes"
	"errors"
)

// ErrUTF16 says that a text is in UTF-16 or UTF-32.
var ErrUTF16 = errors.New("it is UTF-16 or UTF-32: save it as UTF-8")

var marks = []struct {
	mark []byte
	utf8 bool
}{
	{[]byte{0xEF, 0xBB, 0xBF}, true},
	{[]byte{0xFE, 0xFF}, false},
	{[]byte{0xFF, 0xFE}, false}, // also of UTF-32
	{[]byte{0, 0, 0xFE, 0xFF}, false},
}

// Text returns the text of a file without the byte order mark that some editors put
// in front of it. The error is [ErrUTF16] for a mark of another encoding, and where a
// null byte among the first two shows one without a mark.
func Text(data []byte) ([]byte, error) {
	for _, m := range marks {
		text, found := bytes.CutPrefix(data, m.mark)
		switch {
		case found && m.utf8:
			return text, nil
		case found:
			return nil, ErrUTF16
		}
	}
	if bytes.IndexByte(data[:min(2, len(data))], 0) >= 0 {
		return nil, ErrUTF16
	}
	return data, nil
}
