// Command install installs ringpop-node, unless that was done before, and prints
// the path of its main.js.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/ringmend/ringmend/integration/ringpopnode"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	mainJS, err := ringpopnode.Ensure(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if _, err := fmt.Println(mainJS); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
