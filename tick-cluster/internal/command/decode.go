package command

import "unicode/utf8"

// Decode splits what a terminal sent at once into keys. A key that sends several
// characters (arrows, function keys) is one key of the result, because the letters in
// it are not commands. rest is the beginning of an incomplete character, at most 3 bytes:
// prepend it to the next input.
func Decode(data []byte) (keys []rune, rest []byte) {
	for len(data) > 0 {
		if n := sequence(data); n > 1 {
			keys = append(keys, other)
			data = data[n:]
			continue
		}
		if !utf8.FullRune(data) {
			return keys, data
		}
		key, n := utf8.DecodeRune(data)
		keys = append(keys, key)
		data = data[n:]
	}
	return keys, nil
}

// sequence returns the length of the escape sequence that data begins with, 0
// when there is none. An Esc at the end is the Esc key itself: terminals send
// their sequences in one piece.
func sequence(data []byte) int {
	if data[0] != escape || len(data) < 2 {
		return 0
	}
	i := 1
	switch data[1] {
	case '[': // parameters, then one final byte
		for i++; i < len(data) && data[i] >= 0x20 && data[i] < 0x40; i++ {
		}
	case 'O': // one byte
		i++
	default: // Alt and a key
		_, n := utf8.DecodeRune(data[1:])
		return 1 + n
	}
	return min(i+1, len(data))
}
