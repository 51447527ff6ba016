package proc

import (
	"strings"
	"testing"
)

func TestTailKeepsTheEnd(t *testing.T) {
	var tail Tail
	for range 1000 {
		if _, err := tail.Write([]byte(strings.Repeat("a", 1000))); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := tail.Write([]byte("the end")); err != nil {
		t.Fatal(err)
	}
	if got := tail.String(); len(got) != 64<<10 || !strings.HasSuffix(got, "aaathe end") {
		t.Errorf("kept %d bytes, the last are %q", len(got), got[max(0, len(got)-10):])
	}
}
