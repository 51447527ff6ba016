package docpage

import (
	"fmt"
	"os"
	"strings"
)

const end = "<!-- end -->\n"

func begin(command string) string { return "<!-- begin: " + command + " -->\n" }

// Read returns the part of a page that a command makes.
func Read(page, command string) (string, error) {
	_, part, _, err := read(page, command)
	return part, err
}

// Write replaces the part of a page that a command makes.
func Write(page, command, part string) error {
	before, _, after, err := read(page, command)
	if err != nil {
		return err
	}
	return os.WriteFile(page, []byte(before+part+after), 0o644)
}

// read returns a part, and what is before and after it, the comments included.
func read(page, command string) (before, part, after string, err error) {
	text, err := os.ReadFile(page)
	if err != nil {
		return "", "", "", err
	}
	before, rest, begun := strings.Cut(string(text), begin(command))
	part, after, ended := strings.Cut(rest, end)
	if !begun || !ended {
		return "", "", "", fmt.Errorf("%s has no place for it: the lines %q and %q", page, strings.TrimSpace(begin(command)), strings.TrimSpace(end))
	}
	return before + begin(command), part, end + after, nil
}
