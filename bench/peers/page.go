package main

import (
	"fmt"
	"os"
	"strings"
)

// The tables stand between these lines in a page of the documentation.
const (
	pageBegin = "<!-- begin: make bench-peers -->\n"
	pageEnd   = "<!-- end -->\n"
)

// replaceIn puts text in the place of the tables in a page.
func replaceIn(page, text string) error {
	data, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	before, rest, begun := strings.Cut(string(data), pageBegin)
	_, after, ended := strings.Cut(rest, pageEnd)
	if !begun || !ended {
		return fmt.Errorf("%s has no place for the tables: the lines %q and %q", page, strings.TrimSpace(pageBegin), strings.TrimSpace(pageEnd))
	}
	return os.WriteFile(page, []byte(before+pageBegin+text+pageEnd+after), 0o644)
}
