package fault

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// maxTime bounds the times in commands.
const maxTime = 24 * time.Hour

// ParseCommand reads a command. What follows a # is a comment; a line without a word is
// the zero Command.
func ParseCommand(line string) (Command, error) {
	line, _, _ = strings.Cut(line, "#")
	fields := strings.Fields(line)
	if len(fields) == 0 {
		return Command{}, nil
	}
	verb := Verb(fields[0])
	if verb == "suspend" { // tick-cluster's word
		verb = Pause
	}
	i := slices.IndexFunc(words, func(w word) bool { return w.verb == verb })
	if i < 0 {
		return Command{}, fmt.Errorf("unknown command %q, help lists them", fields[0])
	}
	c := Command{Verb: verb}
	if err := words[i].parse(&c, fields[1:]); err != nil {
		return Command{}, fmt.Errorf("%s: %w", fields[0], err)
	}
	return c, nil
}

func plain(_ *Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("nothing is expected after it, got %q", strings.Join(args, " "))
	}
	return nil
}

func some(c *Command, args []string) error {
	if len(args) != 1 {
		return errors.New("nodes are expected after it, such as 1 or 1,3 or 2-4 or leader or *")
	}
	return anyOf(c, args)
}

func anyOf(c *Command, args []string) (err error) {
	if len(args) > 1 {
		return errors.New("one list of nodes is expected after it, such as 1,3")
	}
	if len(args) == 1 {
		c.Nodes, err = parseNames(args[0])
	}
	return err
}

func parseCut(c *Command, args []string) error {
	if len(args) < 2 {
		return errors.New("two parts or more are expected after it, such as 1,2 3")
	}
	for _, arg := range args {
		part, err := parseNames(arg)
		if err != nil {
			return err
		}
		c.Parts = append(c.Parts, part)
	}
	return nil
}

func parseOneWay(c *Command, args []string) error {
	if len(args) != 2 {
		return errors.New("two parts are expected after it, such as 1 2,3")
	}
	return parseCut(c, args)
}

func parseSlow(c *Command, args []string) error {
	if err := timed(c, args, true); err != nil {
		return err
	}
	if c.Time > time.Minute {
		return fmt.Errorf("%v is more than a minute", c.Time)
	}
	return nil
}

func parseSkew(c *Command, args []string) error { return timed(c, args, false) }

func timed(c *Command, args []string, positive bool) (err error) {
	if len(args) != 2 {
		return errors.New("nodes and a time are expected after it, such as leader 300ms")
	}
	if c.Nodes, err = parseNames(args[0]); err == nil {
		c.Time, err = parseTime(args[1], positive)
	}
	return err
}

func parseTime(text string, positive bool) (time.Duration, error) {
	d, err := time.ParseDuration(text)
	if err != nil {
		return 0, fmt.Errorf("%q is not a time such as 300ms or 2s", text)
	}
	if d > maxTime || d < -maxTime || positive && d <= 0 {
		return 0, fmt.Errorf("%s is not a time of more than 0 and at most %v", text, maxTime)
	}
	return d, nil
}

func parseLoss(c *Command, args []string) (err error) {
	if len(args) != 2 {
		return errors.New("nodes and percent are expected after it, such as * 5")
	}
	if c.Nodes, err = parseNames(args[0]); err != nil {
		return err
	}
	c.Percent, err = strconv.ParseFloat(strings.TrimSuffix(args[1], "%"), 64)
	if err != nil || !(c.Percent > 0 && c.Percent <= 100) {
		return fmt.Errorf("%q is not a number of percent, from 0 to 100", args[1])
	}
	return nil
}

func parseJoin(c *Command, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("a number of nodes is expected after it")
	}
	if c.Count, err = strconv.Atoi(args[0]); err != nil || c.Count < 1 || c.Count > 100 {
		return fmt.Errorf("%q is not a number from 1 to 100", args[0])
	}
	return nil
}

func parseLoad(c *Command, args []string) error {
	if len(args) != 1 || args[0] != "on" && args[0] != "off" {
		return errors.New("on or off is expected after it")
	}
	c.On = args[0] == "on"
	return nil
}

func parseSleep(c *Command, args []string) (err error) {
	if len(args) != 1 {
		return errors.New("one time is expected after it, such as 2s")
	}
	c.Time, err = parseTime(args[0], true)
	return err
}

func parseWait(c *Command, args []string) (err error) {
	if len(args) < 1 || len(args) > 2 || args[0] != "ready" && args[0] != "converged" {
		return errors.New("ready [TIME] is expected after it")
	}
	c.Time = 30 * time.Second
	if len(args) == 2 {
		c.Time, err = parseTime(args[1], true)
	}
	return err
}

func parseExec(c *Command, args []string) error {
	if len(args) < 2 {
		return errors.New("a node and a command are expected after it, such as 2 ip route")
	}
	names, err := parseNames(args[0])
	if err != nil {
		return err
	}
	c.Nodes, c.Words = names, args[1:]
	return nil
}

// parseNames reads a list of nodes. Whether they exist is looked at by Resolve.
func parseNames(text string) (Names, error) {
	var names Names
	for name := range strings.SplitSeq(text, ",") {
		switch name {
		case "*", "leader", "follower", "followers":
			names = append(names, name)
			continue
		}
		first, last, isRange := strings.Cut(name, "-")
		if !isRange {
			last = first
		}
		a, errA := strconv.ParseUint(first, 10, 16)
		b, errB := strconv.ParseUint(last, 10, 16)
		if errA != nil || errB != nil || a < 1 || b < a || b-a > 1000 {
			return nil, fmt.Errorf("%q is no node: there are numbers from 1, ranges such as 2-4, leader, follower, followers and *", name)
		}
		for n := a; n <= b; n++ {
			names = append(names, strconv.FormatUint(n, 10))
		}
	}
	return names, nil
}
