package web

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// labels writes labels in a line. They come from other nodes, and are quoted where they
// hold what a terminal or a table would take for something else.
func labels(of map[string]string) string {
	var parts []string
	for _, key := range slices.Sorted(maps.Keys(of)) {
		parts = append(parts, plain(key)+"="+plain(of[key]))
	}
	return strings.Join(parts, " ")
}

func plain(s string) string {
	for _, r := range s {
		if r <= ' ' || r >= 0x7f || r == '"' || r == '=' {
			return fmt.Sprintf("%+q", s)
		}
	}
	return s
}
