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
	nodesArgument
	flagArgument
	textArgument
)

// maxText is the longest text that can be typed: as much as fits a screen.
const maxText = 500

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
	{'k', Kill, nodesArgument, "kill (number or nodes): ", "kill N random nodes, or those named (SIGKILL)"},
	{'l', Suspend, nodesArgument, "suspend (number or nodes): ", "suspend them (SIGSTOP)"},
	{'m', Terminate, nodesArgument, "terminate (number or nodes): ", "terminate them (SIGTERM, after 5 s SIGKILL)"},
	{'r', Revive, nodesArgument, "revive (number or nodes): ", "revive them"},
	{'K', Revive, noArgument, "", "revive all nodes that are down or suspended"},
	{'c', Cut, textArgument, "cut into (Enter: two halves): ", "cut the cluster into parts, such as 3000,3001 3002,3003"},
	{'C', Mend, noArgument, "", "mend the cut"},
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
		name := KeyName(b.key)
		switch b.argument {
		case nodesArgument:
			name += " N|NODES Enter"
		case flagArgument:
			name += " p|h"
		case textArgument:
			name += " [PARTS] Enter"
		}
		lines = append(lines, fmt.Sprintf("%-17s %s", name, b.help))
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
	typed   string   // of the argument
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
	case k.pending.argument == nodesArgument:
		return k.nodes(key)
	case k.pending.argument == textArgument:
		return k.text(key)
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
	return Outcome{Problem: fmt.Sprintf("unknown key %s, press h for help", KeyName(key))}
}

// nodes takes a number, or names. A key that belongs to neither breaks off at once:
// it was meant for something else.
func (k *Keys) nodes(key rune) Outcome {
	switch {
	case key < del && startsNodes(k.typed+string(key)):
		if len(k.typed) == maxText {
			return k.breakOff(fmt.Sprintf("at most %d characters", maxText))
		}
		k.typed += string(key)
		return Outcome{Prompt: k.line()}
	case key == backspace || key == del:
		k.typed = k.typed[:max(0, len(k.typed)-1)]
		return Outcome{Prompt: k.line()}
	case key == enter && strings.TrimSpace(k.typed) != "":
		o := Outcome{Command: Command{Verb: k.pending.verb, Nodes: strings.Fields(k.typed)}, Typed: k.line()}
		k.reset()
		return o
	}
	return k.breakOff(fmt.Sprintf("expected a number or nodes and then Enter, not %s", KeyName(key)))
}

// startsNodes reports whether a text may be the beginning of what names nodes, as
// package naming reads it.
func startsNodes(text string) bool {
	const random = "random "
	if number, found := strings.CutPrefix(text, random); found {
		return strings.Trim(number, "0123456789") == ""
	}
	return strings.HasPrefix(random, text) ||
		strings.ContainsRune("0123456789[*", rune(text[0])) && strings.Trim(text, "0123456789abcdefABCDEF.:,-[]* ") == ""
}

// text takes words with spaces between.
func (k *Keys) text(key rune) Outcome {
	switch {
	case key >= ' ' && key < del:
		if len(k.typed) == maxText {
			return k.breakOff(fmt.Sprintf("at most %d characters", maxText))
		}
		k.typed += string(key)
		return Outcome{Prompt: k.line()}
	case key == backspace || key == del:
		k.typed = k.typed[:max(0, len(k.typed)-1)]
		return Outcome{Prompt: k.line()}
	case key == enter:
		o := Outcome{Command: Command{Verb: k.pending.verb, Parts: parts(k.typed)}, Typed: k.line()}
		k.reset()
		return o
	}
	return k.breakOff(fmt.Sprintf("expected parts and then Enter, not %s", KeyName(key)))
}

// parts splits a text at its spaces; nil is none.
func parts(text string) []string {
	if words := strings.Fields(text); len(words) > 0 {
		return words
	}
	return nil
}

func (k *Keys) flag(key rune) Outcome {
	if strings.ContainsRune(debugFlags, key) {
		o := Outcome{Command: Command{Verb: k.pending.verb, Flag: string(key)}, Typed: k.line() + string(key)}
		k.reset()
		return o
	}
	return k.breakOff(fmt.Sprintf("expected p or h, not %s", KeyName(key)))
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
	return k.pending.prompt + k.typed
}

func (k *Keys) reset() { k.pending, k.typed = nil, "" }

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

// KeyName returns the name of a key, for people.
func KeyName(key rune) string {
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
