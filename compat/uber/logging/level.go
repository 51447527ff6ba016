package logging

import (
	"fmt"
	"strconv"
	"strings"
)

// Level is how severe a message is; lower is more severe. Others than those that have
// names can be made.
type Level uint8

// The levels that have names.
const (
	Panic Level = iota
	Fatal
	Error
	Warn
	Info
	Debug
)

var names = []string{"panic", "fatal", "error", "warn", "info", "debug"}

// String returns the name of the level, or its number.
func (lvl Level) String() string {
	if int(lvl) < len(names) {
		return names[lvl]
	}
	return strconv.Itoa(int(lvl))
}

// Parse returns the level of a name, in any case, or of a number.
func Parse(lvl string) (Level, error) {
	for i, name := range names {
		if strings.EqualFold(name, lvl) {
			return Level(i), nil
		}
	}
	n, err := strconv.ParseUint(lvl, 10, 8)
	if err != nil {
		return 0, fmt.Errorf("invalid log level: %q", lvl)
	}
	return Level(n), nil
}
