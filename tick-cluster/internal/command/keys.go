package command

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// argument is what has to be typed after a key.
type argument uint8

const (
	noArgument argument = iota
	countArgument
	flagArgument
)

// debugFlags are the flags of SetDebug: pings and the hash ring.
const debugFlags = "ph"

type binding struct {
	key      rune
	verb     Verb
	argument argument
	prompt   string
	help     string
}

var bindings = []binding{
	{'t', Tick, noArgument, "", "tick: run a protocol period everywhere, show the checksums"},
	{'s', Stats, noArgument, "", "show who holds whom to be what"},
	{'p', Protocol, noArgument, "", "show the protocol stats of each node"},
	{'g', StopGossip, noArgument, "", "stop gossip"},
	{'G', StartGossip, noArgument, "", "start gossip"},
	{'j', Join, noArgument, "", "make all nodes join again"},
	{'k', Kill, countArgument, "kill count: ", "kill N random nodes (SIGKILL)"},
	{'l', Suspend, countArgument, "suspend count: ", "suspend N random nodes (SIGSTOP)"},
	{'m', Terminate, countArgument, "terminate count: ", "terminate N random nodes (SIGTERM, after 5 s SIGKILL)"},
	{'K', Revive, noArgument, "", "revive all nodes that are down or suspended"},
	{'d', SetDebug, flagArgument, "set debug (p or h): ", "set a debug flag: p (pings) or h (hash ring)"},
	{'D', ClearDebug, noArgument, "", "clear the debug flags"},
	{' ', Rule, noArgument, "", "draw a line"},
	{enter, Blank, noArgument, "", "print an empty line"},
	{'h', Help, noArgument, "", "show this help"},
	{'?', Help, noArgument, "", "show this help"},
	{'q', Quit, noArgument, "", "stop all nodes and quit"},
	{interrupt, Quit, noArgument, "", "the same, also while a number is being typed"},
}

// KeyHelp returns one line for each key, for people.
func KeyHelp() []string {
	var lines []string
	for _, b := range bindings {
		name := keyName(b.key)
		switch b.argument {
		case countArgument:
			name += " N Enter"
		case flagArgument:
			name += " p|h"
		}
		lines = append(lines, fmt.Sprintf("%-10s %s", name, b.help))
	}
	return lines
}

// Outcome is what a key press leads to. At most one of Command and Problem is
// set.
type Outcome struct {
	// Command is complete and to be done when its Verb is not None.
	Command Command
	// Problem says why the key was not taken; nothing is changed by it.
	Problem string
	// Typed is the line that the key completed or broke off, for the record.
	Typed string
	// Prompt is the unfinished line to show from now on; empty when there is none.
	Prompt string
}

// Keys reads key presses. The zero value is ready; it is not safe for concurrent
// use.
type Keys struct {
	pending *binding // waits for its argument
	digits  string
}

// Press takes the next key.
func (k *Keys) Press(key rune) Outcome {
	if key == '\n' {
		key = enter
	}
	switch {
	case key == interrupt:
		typed := k.line()
		k.reset()
		return Outcome{Command: Command{Verb: Quit}, Typed: typed}
	case k.pending == nil:
		return k.first(key)
	case k.pending.argument == countArgument:
		return k.count(key)
	default:
		return k.flag(key)
	}
}

func (k *Keys) first(key rune) Outcome {
	for i := range bindings {
		b := &bindings[i]
		if b.key != key {
			continue
		}
		if b.argument == noArgument {
			return Outcome{Command: Command{Verb: b.verb}}
		}
		k.pending = b
		return Outcome{Prompt: k.line()}
	}
	return Outcome{Problem: fmt.Sprintf("unknown key %s, press h for help", keyName(key))}
}

func (k *Keys) count(key rune) Outcome {
	switch {
	case key >= '0' && key <= '9':
		k.digits += string(key)
		if number(k.digits) > MaxCount {
			return k.breakOff(fmt.Sprintf("at most %d", MaxCount))
		}
		return Outcome{Prompt: k.line()}
	case key == backspace || key == del:
		k.digits = k.digits[:max(0, len(k.digits)-1)]
		return Outcome{Prompt: k.line()}
	case key == enter && k.digits != "":
		o := Outcome{Command: Command{Verb: k.pending.verb, Count: number(k.digits)}, Typed: k.line()}
		k.reset()
		return o
	}
	return k.breakOff(fmt.Sprintf("expected digits and then Enter, not %s", keyName(key)))
}

func (k *Keys) flag(key rune) Outcome {
	if strings.ContainsRune(debugFlags, key) {
		o := Outcome{Command: Command{Verb: k.pending.verb, Flag: string(key)}, Typed: k.line() + string(key)}
		k.reset()
		return o
	}
	return k.breakOff(fmt.Sprintf("expected p or h, not %s", keyName(key)))
}

func (k *Keys) breakOff(problem string) Outcome {
	o := Outcome{Problem: problem, Typed: k.line()}
	k.reset()
	return o
}

func (k *Keys) line() string {
	if k.pending == nil {
		return ""
	}
	return k.pending.prompt + k.digits
}

func (k *Keys) reset() { k.pending, k.digits = nil, "" }

// number is the value of a string of few digits.
func number(digits string) (n int) {
	for _, d := range digits {
		n = n*10 + int(d-'0')
	}
	return n
}

// Keys that are not letters.
const (
	interrupt = '\x03'
	backspace = '\b'
	enter     = '\r'
	escape    = '\x1b'
	del       = '\x7f'
	// other stands for keys that send more than one character, such as arrows,
	// and for bytes that are none.
	other = utf8.RuneError
)

func keyName(key rune) string {
	switch key {
	case interrupt:
		return "Ctrl-C"
	case enter:
		return "Enter"
	case ' ':
		return "space"
	case '\t':
		return "Tab"
	case escape:
		return "Esc"
	case backspace, del:
		return "Backspace"
	case other:
		return "of that kind"
	}
	if key < ' ' {
		return "Ctrl-" + string(key+'@')
	}
	return string(key)
}
