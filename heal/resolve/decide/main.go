package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/spf13/pflag"

	"github.com/ringmend/ringmend/internal/cli"
)

const help = `Usage: decide < documents.json

Reads JSON documents and writes a JSON line for each, in order. A document is
    {"version":1, "id":"x", "kind":"decision", "mode":"guard",
     "strategy":"keep-majority", "members":[{"address":"a:1","status":"up"}, …],
     "unreachable":["b:1"]}
docs/resolver.md has all of the format. A document that makes no sense is answered
by {"id","error"}. Exit codes: 0, 1 if a document made no sense, 2 for a command
line that does not.
`

// The exit codes.
const (
	exitOK       = 0
	exitNonsense = 1
	exitUsage    = 2
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(args []string, in io.Reader, out, errs io.Writer) int {
	flags := pflag.NewFlagSet("decide", pflag.ContinueOnError)
	flags.SetOutput(io.Discard)
	cli.AddVersion(flags)
	if done, err := (cli.Program{Name: "decide", Flags: flags}).Early(args, out, errs); done && err == nil {
		return exitOK
	}
	err := flags.Parse(args)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprint(out, help)
		return exitOK
	}
	if err == nil && flags.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q, documents come from the standard input", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintf(errs, "Error: %v\nSee decide --help.\n", err)
		return exitUsage
	}
	code, err := answerAll(in, out)
	if err != nil {
		fmt.Fprintf(errs, "Error: %v\n", err)
		return exitNonsense
	}
	return code
}

// nonsense is the answer to a document that makes none.
type nonsense struct {
	ID    jsontext.Value `json:"id"`
	Error string         `json:"error"`
}

var noID = jsontext.Value("null")

// answerAll answers each document as soon as it has been read.
func answerAll(in io.Reader, out io.Writer) (code int, err error) {
	limit := &limited{in: in}
	decoder := newDecoder(limit)
	for {
		limit.left = maxBytes
		value, err := decoder.ReadValue()
		var answer any
		switch {
		case err == io.EOF:
			return code, nil
		case errors.Is(err, errTooLong):
			return exitNonsense, write(out, &nonsense{noID, err.Error()})
		case err != nil:
			answer = &nonsense{noID, "this is no JSON: " + oneLine(err)}
			if !errors.Is(err, io.ErrUnexpectedEOF) && !isSyntax(err) {
				return code, err
			}
			rest := skip(io.MultiReader(bytes.NewReader(bytes.Clone(decoder.UnreadBuffer())), limit))
			decoder = newDecoder(rest)
		default:
			answer = answerTo(value)
		}
		if _, bad := answer.(*nonsense); bad {
			code = exitNonsense
		}
		if err := write(out, answer); err != nil {
			return code, err
		}
	}
}

func newDecoder(in io.Reader) *jsontext.Decoder {
	// Both are errors in a document, but one whose document has a name.
	return jsontext.NewDecoder(in, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
}

func isSyntax(err error) bool { return errors.As(err, new(*jsontext.SyntacticError)) }

// oneLine returns the text of an error of the JSON package without its name.
func oneLine(err error) string {
	text := []byte(err.Error())
	return string(bytes.TrimPrefix(bytes.ReplaceAll(text, []byte("\n"), []byte(" ")), []byte("jsontext: ")))
}

// skip leaves out what is left of a document that is no JSON: up to the next line that
// begins with a brace.
func skip(in io.Reader) io.Reader {
	b := bufio.NewReader(in)
	started := false // what is skipped has begun
	begin := false   // of a line
	for {
		c, err := b.ReadByte()
		if err != nil {
			return b
		}
		if c == '{' && begin && started {
			b.UnreadByte()
			return b
		}
		begin = c == '\n'
		started = started || c != '\n' && c != ' ' && c != '\t' && c != '\r'
	}
}

// limited reads at most so much for each document.
type limited struct {
	in   io.Reader
	left int
}

var errTooLong = fmt.Errorf("a document has more than %d bytes", maxBytes)

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errTooLong
	}
	n, err := l.in.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// answerTo answers one document.
func answerTo(value jsontext.Value) any {
	var h head
	err := json.Unmarshal(value, &h, jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))
	if kind := h.ID.Kind(); kind != '"' && kind != '0' {
		if len(h.ID) > 0 && kind != 'n' {
			err = errors.New("id must be a string or a number")
		}
		h.ID = noID
	}
	if value.Kind() != '{' {
		err = fmt.Errorf("a document must be an object, this is a JSON %v", value.Kind())
	}
	var answer any
	switch {
	case err != nil:
		err = fmt.Errorf("%s", oneLine(err))
	case h.Kind == "decision":
		answer, err = decide(value)
	case h.Kind == "resolver":
		answer, err = play(value)
	default:
		err = fmt.Errorf("kind is %.40q, it must be decision or resolver", h.Kind)
	}
	if err != nil {
		return &nonsense{h.ID, oneLine(err)}
	}
	return answer
}

func write(out io.Writer, answer any) error {
	line, err := json.Marshal(answer, jsontext.AllowInvalidUTF8(true))
	if err != nil {
		return err
	}
	_, err = out.Write(append(line, '\n'))
	return err
}
