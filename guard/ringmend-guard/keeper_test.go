package main

import (
	"reflect"
	"testing"
	"time"

	"github.com/ringmend/ringmend/guard/explain"
)

// Findings that are over at the same look are told in the same order each time.
func TestFindingsAreToldInOrder(t *testing.T) {
	var first []string
	for range 20 {
		k := &keeper{found: make(map[string]explain.Finding)}
		for _, kind := range []explain.Kind{explain.Zombie, explain.Hidden, explain.TwoFlavours, explain.Unsettled} {
			k.found[string(kind)] = explain.Finding{Kind: kind, Text: string(kind)}
		}
		var texts []string
		for _, e := range k.news(time.Now(), nil) {
			texts = append(texts, e.Text)
		}
		if first == nil {
			first = texts
		}
		if len(texts) != 4 || !reflect.DeepEqual(texts, first) {
			t.Fatalf("%q, and before %q", texts, first)
		}
	}
}
