package fault

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// maxSteps bounds a schedule.
const maxSteps = 10_000

// ParseSchedule reads a schedule: lines of a time since the load began and a command,
// such as "12s cut leader follower". What follows a # is a comment. Errors name the
// line.
func ParseSchedule(text string) ([]Step, error) {
	var steps []Step
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		at, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if at == "" {
			continue
		}
		step, err := parseStep(at, rest)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		if steps = append(steps, step); len(steps) > maxSteps {
			return nil, fmt.Errorf("more than %d lines", maxSteps)
		}
	}
	slices.SortStableFunc(steps, func(a, b Step) int { return int(a.At - b.At) })
	return steps, nil
}

func parseStep(at, rest string) (Step, error) {
	when, err := time.ParseDuration(at)
	if err != nil || when < 0 || when > maxTime {
		return Step{}, fmt.Errorf("%q is not a time since the beginning, such as 12s", at)
	}
	c, err := ParseCommand(rest)
	switch {
	case err != nil:
		return Step{}, err
	case c.Verb == "":
		return Step{}, errors.New("a command is expected after the time")
	case !c.Changes():
		return Step{}, fmt.Errorf("%s is for the prompt, it changes nothing", c.Verb)
	}
	return Step{when, c}, nil
}
