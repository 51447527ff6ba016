package tui

import (
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// maxCommands bounds the history of commands.
const maxCommands = 100

// typed is the history of commands that were typed, the oldest one first.
type typed []string

func (h *typed) add(text string) {
	*h = append(slices.DeleteFunc(*h, func(other string) bool { return other == text }), text)
	if n := len(*h) - maxCommands; n > 0 {
		*h = slices.Delete(*h, 0, n)
	}
}

// commandLine is a prompt for a command.
type commandLine struct {
	input   *tview.InputField
	history *typed
	// complete returns the lines that a line may become.
	complete func(text string) []string
	run      func(text string)

	at    int      // in the history; its length: what is being typed
	typed string   // before a command of the history was shown
	cycle []string // what Tab goes through; nil: Tab was not pressed last
	turn  int      // the one of cycle that is shown
}

func newCommandLine(t theme, history *typed, complete func(string) []string, run func(string)) *commandLine {
	return &commandLine{input: newInput(t), history: history, complete: complete, run: run, at: len(*history)}
}

func (c *commandLine) lines(width int) []line {
	all := c.cycle
	if all == nil {
		all = c.complete(c.input.GetText())
	}
	texts := make([]string, len(all))
	for i, text := range all {
		texts[i] = text[strings.LastIndexByte(text, ' ')+1:]
	}
	// Those that fit, beginning with the one that is shown.
	if c.cycle != nil {
		texts = slices.Concat(texts[c.turn:], texts[:c.turn])
	}
	hint := fitting(texts, width-2)
	if hint == "" {
		hint = "Tab completes  ↑↓ history  Esc back"
	}
	return []line{{{" " + hint, faint}}, {{" : ", strong}}}
}

func (c *commandLine) drawField(screen tcell.Screen, y, width int) {
	drawInput(screen, c.input, y, width)
}

func (c *commandLine) key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyEscape:
		return true
	case tcell.KeyEnter:
		if text := strings.Join(strings.Fields(c.input.GetText()), " "); text != "" {
			c.history.add(text)
			c.run(text)
		}
		return true
	case tcell.KeyTab:
		c.tab()
		return false
	case tcell.KeyUp:
		c.recall(c.at - 1)
	case tcell.KeyDown:
		c.recall(c.at + 1)
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		if c.input.GetText() == "" {
			return true
		}
		fallthrough
	default:
		c.input.InputHandler()(ev, func(tview.Primitive) {})
	}
	c.cycle = nil
	return false
}

// tab completes what is typed, and goes on to the next completion when pressed again.
func (c *commandLine) tab() {
	if c.cycle == nil {
		c.cycle, c.turn = c.complete(c.input.GetText()), -1
	}
	switch len(c.cycle) {
	case 0:
		c.cycle = nil
	case 1:
		c.input.SetText(c.cycle[0] + " ")
		c.cycle = nil
	default:
		c.turn = (c.turn + 1) % len(c.cycle)
		c.input.SetText(c.cycle[c.turn])
	}
}

// recall shows a command of the history, or what was typed before.
func (c *commandLine) recall(i int) {
	if i < 0 || i > len(*c.history) {
		return
	}
	if c.at == len(*c.history) {
		c.typed = c.input.GetText()
	}
	c.at = i
	if i == len(*c.history) {
		c.input.SetText(c.typed)
		return
	}
	c.input.SetText((*c.history)[i])
}
