package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/guard/watch"
	"github.com/ringmend/ringmend/node/memnet"
	"github.com/ringmend/ringmend/node/wire"
)

// Whoever types yes learns what it means.
func TestAnswersOnTheTerminalAreAnswered(t *testing.T) {
	caller := new(memnet.Network).NewTransport()
	defer caller.Close()
	w, err := watch.New(watch.Config{Caller: caller, Mode: watch.Ask, Hosts: func(context.Context) ([]wire.Address, error) { return nil, nil }})
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	p := &program{stdin: strings.NewReader("maybe\n\nYES\nn\n"), stderr: &said}
	p.listen(w)
	const want = "Type yes, or no.\nThere is nothing to approve: the ring is not split.\nThe guard only looks.\n"
	if said.String() != want {
		t.Errorf("said %q", said.String())
	}
}
