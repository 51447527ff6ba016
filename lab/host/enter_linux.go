package host

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// inside is set in the environment of a process that has namespaces of its own.
const inside = "RINGMEND_LAB_INSIDE"

const tunDevice = "/dev/net/tun"

// Missing returns why there can be no hosts on this machine, or nil.
func Missing() error {
	if os.Geteuid() != 0 {
		return errors.New("network namespaces and TUN devices need root")
	}
	f, err := os.OpenFile(tunDevice, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("the hosts' links are TUN devices, and there are none here (modprobe tun; in a container: --device %s --cap-add NET_ADMIN,SYS_ADMIN): %w", tunDevice, err)
	}
	return f.Close()
}

// Inside reports whether this process has namespaces of its own.
func Inside() bool { return os.Getenv(inside) != "" }

// Command returns this program, with arguments, as a command that runs in namespaces
// of its own, where [Inside] is true. It is killed when the thread that starts it
// ends: start it from a goroutine that is locked to the main thread.
func Command(args ...string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe", args...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = append(os.Environ(), inside+"=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNET | syscall.CLONE_NEWNS | syscall.CLONE_NEWPID,
		Pdeathsig:  syscall.SIGKILL,
	}
	return cmd
}

// Enter makes the namespaces usable. It is called once, [Inside] only, before anything
// else.
func Enter() error {
	if !Inside() || os.Getpid() != 1 {
		return errors.New("not the first process in namespaces of its own")
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("making the mounts private: %w", err)
	}
	if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("mounting /proc: %w", err)
	}
	return nil
}

// MountMemory mounts a file system in memory of a size in bytes at a directory, which
// only this process and what it starts see.
func MountMemory(dir string, size int64) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := unix.Mount("lab", dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("size=%d,mode=755", size)); err != nil {
		return fmt.Errorf("mounting a tmpfs of %d bytes: %w", size, err)
	}
	return nil
}

// Unmount takes back what MountMemory did.
func Unmount(dir string) error { return unix.Unmount(dir, unix.MNT_DETACH) }

// Free returns how many bytes can still be written below a directory.
func Free(dir string) (int64, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil {
		return 0, err
	}
	return int64(fs.Bavail) * fs.Bsize, nil
}
