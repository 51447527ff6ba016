package watch

import (
	"context"
	"fmt"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/admin"
)

func TestWhatIsSwallowedIsToldFromWhatIsRefused(t *testing.T) {
	for _, c := range []struct {
		err  error
		want bool
	}{
		{&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, true}, // a dial whose time is over
		{fmt.Errorf("call: %w", context.DeadlineExceeded), true},
		{fmt.Errorf("call: %w", admin.ErrTimeout), true},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, false},
		{&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, false},
		{context.Canceled, false},
	} {
		if got := swallowed(c.err); got != c.want {
			t.Errorf("%v: %t", c.err, got)
		}
	}
}
