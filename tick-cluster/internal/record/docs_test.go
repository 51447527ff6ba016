package record

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

// The document has a row for each kind, and a word on each field.
func TestTheFormatIsDocumented(t *testing.T) {
	data, err := os.ReadFile("../../../docs/tick-cluster.md")
	if err != nil {
		t.Fatal(err)
	}
	_, format, found := strings.Cut(string(data), "### The format")
	if !found {
		t.Fatal("no section about the format")
	}
	for _, kind := range []Kind{Start, Key, Begin, Command, State, Output, Event, Show, Checksums, Cut, Mend, Full, Exit} {
		if !strings.Contains(format, "\n| `"+string(kind)+"` | ") {
			t.Errorf("no row for %s", kind)
		}
	}
	line := reflect.TypeFor[Line]()
	for i := range line.NumField() {
		name, _, _ := strings.Cut(line.Field(i).Tag.Get("json"), ",")
		if !strings.Contains(format, "`"+name+"`") {
			t.Errorf("nothing about %s", name)
		}
	}
}
