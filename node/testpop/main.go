package main

import (
	"context"
	"os"

	"github.com/ringmend/ringmend/node/testpop/app"
)

func main() {
	app.BeSmall()
	os.Exit(app.Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
}
