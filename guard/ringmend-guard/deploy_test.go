package main

import (
	"os"
	"regexp"
	"testing"
)

// The manifest in deploy uses flags that there are.
func TestTheManifestUsesFlagsThatThereAre(t *testing.T) {
	text, err := os.ReadFile("../../deploy/kubernetes/guard/guard.yaml")
	if err != nil {
		t.Fatal(err)
	}
	flags := newRoot(new(program)).Flags()
	found := regexp.MustCompile(`- --([a-z-]+)`).FindAllStringSubmatch(string(text), -1)
	if len(found) < 5 {
		t.Errorf("only %d flags found", len(found))
	}
	for _, match := range found {
		if flags.Lookup(match[1]) == nil {
			t.Errorf("--%s is no flag", match[1])
		}
	}
}
