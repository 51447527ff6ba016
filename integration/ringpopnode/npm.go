package ringpopnode

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// unreachable matches what npm, or node-gyp under it, says when it could not
// reach a server at all. A server that answers, however badly, is not matched.
var unreachable = regexp.MustCompile(
	`(?m)^(?:npm (?:error|ERR!) )?(?:code|gyp ERR! .*) ` +
		`(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT|ENOTCACHED)\b`)

// install installs what the lock file in dir says. The error wraps
// [ErrNoNetwork] when npm could not reach its registry.
func (r *runtime) install(ctx context.Context, dir string) error {
	npm := exec.CommandContext(ctx, r.npm, "ci",
		"--ignore-scripts=false", // farmhash is compiled by its own
		"--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=30000",
		"--loglevel=notice", "--progress=false")
	npm.Dir = dir
	npm.Env = append(os.Environ(), r.env...)
	npm.WaitDelay = 5 * time.Second
	out, err := npm.CombinedOutput()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = errors.Join(err, ctx.Err())
	}
	if code := unreachable.FindSubmatch(out); code != nil {
		return fmt.Errorf("%w: npm ci: %s", ErrNoNetwork, code[1])
	}
	return fmt.Errorf("npm ci: %w\n%s", err, strings.TrimSpace(string(out)))
}
