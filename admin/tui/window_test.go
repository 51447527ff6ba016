package tui

import (
	"testing"

	"pgregory.net/rapid"
)

// What is chosen is in view, and no line is empty while others are not shown.
func TestWindowShowsWhatItMust(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{first: rapid.IntRange(-5, 30).Draw(t, "first")}
		length, height := rapid.IntRange(0, 20).Draw(t, "length"), rapid.IntRange(-2, 25).Draw(t, "height")
		w.fit(length, height)
		chosen := rapid.IntRange(0, 25).Draw(t, "chosen")
		w.show(chosen)
		switch {
		case w.first < 0 || w.end() > length || w.first > w.end():
			t.Fatalf("%+v is not in the list", w)
		case w.end()-w.first != min(length, max(height, 0)):
			t.Fatalf("%+v leaves lines empty", w)
		case height > 0 && chosen < length && (chosen < w.first || chosen >= w.end()):
			t.Fatalf("%+v does not show %d", w, chosen)
		}
		before := w
		if w.show(chosen); w != before {
			t.Fatalf("%+v moves to %+v though it shows %d", before, w, chosen)
		}
		w.move(-far)
		if w.first != 0 {
			t.Fatalf("%+v is not at the beginning", w)
		}
		w.move(far)
		if w.end() != length {
			t.Fatalf("%+v is not at the end", w)
		}
	})
}
