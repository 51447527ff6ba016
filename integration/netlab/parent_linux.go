package netlab

import "syscall"

// dieWithParent has a process killed when this one dies without cleaning up. What
// it runs in its place, as unshare and "ip netns exec" do, is killed, too.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }
