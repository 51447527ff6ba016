package run

import (
	"context"
	"io"

	"github.com/ringmend/ringmend/lab/result"
)

func Prompt(ctx context.Context, c *result.Config, dir string, in io.Reader, out io.Writer, progress func(string)) error {
	return nil
}
