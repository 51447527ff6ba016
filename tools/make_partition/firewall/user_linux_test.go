package firewall

import (
	"errors"
	"fmt"
	"runtime"
	"syscall"
	"testing"

	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/partition"
	"github.com/ringmend/ringmend/tools/make_partition/rules"
	"github.com/ringmend/ringmend/tools/make_partition/sockets"
)

// TestNodesOfTwoUsers cuts nodes on one address by their owners.
func TestNodesOfTwoUsers(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	// Making sockets as another user takes more than root in a user namespace.
	if err := asUser(1001, func() error { return nil }); err != nil {
		t.Skipf("skipped: cannot act as another user: %v", err)
	}
	table := sockets.Table{
		{State: sockets.Listen, Local: mustAddr("127.0.0.1:3000"), PIDs: []int{1}, User: "1001"},
		{State: sockets.Listen, Local: mustAddr("127.0.0.1:3001"), PIDs: []int{2}, User: "1002"},
	}
	a, _ := partition.ParsePart("3000")
	b, _ := partition.ParsePart("3001")
	s, err := partition.Spec{Parts: []partition.Part{a, b}}.Resolve(partition.Listening{Sockets: table})
	if err != nil {
		t.Fatal(err)
	}
	p, err := rules.Make(s, table, rules.Options{By: rules.User})
	if err != nil {
		t.Fatal(err)
	}
	listenAll(t, []string{"127.0.0.1:3000", "127.0.0.1:3001"})
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, p); err != nil {
				t.Fatal(err)
			}
			for _, tt := range []struct {
				uid  int
				to   string
				want string
			}{
				{1001, "127.0.0.1:3001", nstest.Refused},
				{1002, "127.0.0.1:3000", nstest.Refused},
				{1001, "127.0.0.1:3000", nstest.OK},
				{1003, "127.0.0.1:3001", nstest.OK},
			} {
				err := asUser(tt.uid, func() error { return nstest.Try("", tt.to) })
				expect(t, fmt.Sprintf("user %d to %s", tt.uid, tt.to), err, tt.want)
			}
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			expect(t, "after mending", asUser(1001, func() error { return nstest.Try("", "127.0.0.1:3001") }), nstest.OK)
		})
	}
}

// asUser runs a function on a thread whose new sockets belong to a user.
func asUser(uid int, do func() error) error {
	result := make(chan error)
	go func() {
		// The thread is never unlocked, so it ends with this goroutine.
		runtime.LockOSThread()
		_, _, _ = syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0)
		if got, _, _ := syscall.RawSyscall(syscall.SYS_SETFSUID, uintptr(uid), 0, 0); int(got) != uid {
			result <- errors.ErrUnsupported
			return
		}
		result <- do()
	}()
	return <-result
}
