package tui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// prompt is what has all keys until it is over. It is drawn over the last lines.
type prompt interface {
	// lines returns what is drawn, for a screen of that width. The last line may be
	// followed by a field that the prompt draws itself.
	lines(width int) []line
	// key takes a key, and returns true when the prompt is over.
	key(ev *tcell.EventKey) bool
}

// field is a prompt in whose last line something is typed.
type field interface {
	// drawField draws what is typed.
	drawField(screen tcell.Screen, y, width int)
}

// drawPrompt draws a prompt over the last lines of the screen.
func drawPrompt(screen tcell.Screen, t theme, p prompt) {
	width, height := screen.Size()
	lines := p.lines(width)
	if n := len(lines) - height; n > 0 {
		lines = lines[n:]
	}
	y := height - len(lines)
	for i, l := range lines {
		// A line that is as wide as the screen hides what was there.
		drawLines(screen, t, []line{line{}.fit(width)}, y+i, 1)
		drawLines(screen, t, []line{l}, y+i, 1)
	}
	if f, ok := p.(field); ok && height > 0 {
		f.drawField(screen, height-1, width)
	}
}

// newInput returns a field to type into.
func newInput(t theme) *tview.InputField {
	input := tview.NewInputField().SetFieldStyle(t.style(plain))
	input.SetBackgroundColor(tcell.ColorDefault)
	return input
}

// drawInput draws a field in line y, after a prompt of three cells.
func drawInput(screen tcell.Screen, input *tview.InputField, y, width int) {
	input.SetRect(3, y, max(width-3, 0), 1)
	input.Focus(func(tview.Primitive) {})
	input.Draw(screen)
}

// question is a prompt that is answered with y, or else with no.
type question struct {
	text string
	yes  func()
}

func (q *question) lines(width int) []line {
	lines := wrap(q.text, width-2, strong)
	return append(lines, line{{" y yes   any other key: no", plain}})
}

func (q *question) key(ev *tcell.EventKey) bool {
	if ev.Rune() == 'y' || ev.Rune() == 'Y' {
		q.yes()
	}
	return true
}

// choice is a prompt in which a key chooses.
type choice struct {
	title   string
	options []option
}

// option is one of a choice.
type option struct {
	key    rune
	name   string
	choose func()
}

func (c *choice) lines(width int) []line {
	lines := []line{{{" " + c.title, strong}}}
	text := ""
	add := func(item string) {
		if len([]rune(text))+len([]rune(item))+2 >= width {
			lines = append(lines, line{{text, plain}})
			text = ""
		}
		text += " " + item + " "
	}
	for _, o := range c.options {
		add(string(o.key) + " " + o.name)
	}
	add("Esc nothing")
	return append(lines, line{{text, plain}})
}

func (c *choice) key(ev *tcell.EventKey) bool {
	for _, o := range c.options {
		if ev.Key() == tcell.KeyRune && ev.Rune() == o.key {
			o.choose()
			return true
		}
	}
	return ev.Key() == tcell.KeyEscape || ev.Rune() == 'q'
}
