package containers

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/netns"
	"github.com/ringmend/ringmend/internal/netns/nstest"
)

// programs names the directory of programs that a test in its namespaces uses. They are built
// outside, where modules can be downloaded.
const programs = "RINGMEND_CONTAINERS_PROGRAMS"

// flags of unshare: what podman starts in the background ends with the test.
var flags = []string{"--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private"}

// missing returns why there can be no containers, or nil.
func missing() error {
	if os.Getuid() != 0 {
		return errors.New("the containers need root")
	}
	if err := netns.Available(flags, "podman", "crun", "busybox", "ip", "mount", "iptables"); err != nil {
		return err
	}
	if _, err := os.Stat("/usr/lib/podman/netavark"); err != nil {
		return fmt.Errorf("netavark is not installed (see tools/install-test-tools.sh): %w", err)
	}
	out, err := exec.Command("unshare", append(flags, "sh", "-c", cgroups)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("no cgroups of version 2: %s", strings.TrimSpace(string(out)))
	}
	return nil
}

// cgroups puts those of version 2, and nothing else, where podman looks for them: where both
// versions are mounted crun starts nothing.
const cgroups = "{ umount -l /sys/fs/cgroup || true; } && mount -t cgroup2 cgroup2 /sys/fs/cgroup"

// inside runs the test of that name in namespaces of its own.
func inside(t *testing.T) bool {
	if os.Getenv(programs) != "" {
		return true
	}
	if err := missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	dir := t.TempDir()
	for _, b := range []struct{ in, what, to string }{
		{"../../examples/einstein", ".", "image/bin/einstein"}, {"../..", "./tools/make_partition", "make_partition"},
	} {
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", filepath.Join(dir, b.to), b.what)
		build.Dir = b.in
		build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOWORK=off")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", b.to, err, out)
		}
	}
	cmd := netns.Command(flags)
	cmd.Env = append(os.Environ(), programs+"="+dir, "PATH="+dir+":"+os.Getenv("PATH"))
	nstest.Again(t, cmd)
	return false
}

// image is what the image is called.
const image = "localhost/ringmend"

// setUp prepares podman, and builds the image.
func setUp(t *testing.T) {
	t.Helper()
	nstest.Run(t, "sh", "-c", cgroups)
	// Addresses that are given away, and namespaces, are remembered there, whatever is configured.
	nstest.Run(t, "mount", "-t", "tmpfs", "run", "/run")
	nstest.Run(t, "ip", "link", "set", "lo", "up")
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("CONTAINERS_STORAGE_CONF", write("storage.conf", fmt.Sprintf(`[storage]
driver = "vfs"
graphroot = "%[1]s/graph"
runroot = "%[1]s/run"
`, dir)))
	t.Setenv("CONTAINERS_CONF", write("containers.conf", fmt.Sprintf(`[containers]
cgroups = "disabled"
default_ulimits = ["nofile=4096:4096", "nproc=1024:1024"]
[engine]
runtime = "crun"
cgroup_manager = "cgroupfs"
events_logger = "none"
tmp_dir = "%[1]s/tmp"
[network]
network_backend = "netavark"
network_config_dir = "%[1]s/networks"
`, dir)))

	t.Cleanup(func() { nstest.Run(t, "podman", "rm", "--all", "--force", "--time", "0") })

	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(dir, "busybox")
	if err := os.Mkdir(here, 0o755); err != nil {
		t.Fatal(err)
	}
	nstest.Run(t, "cp", busybox, here)
	write("busybox/Dockerfile", "FROM scratch\nCOPY busybox /bin/busybox\n")
	buildImage(t, "docker.io/library/busybox:stable-musl", filepath.Join(here, "Dockerfile"), here)
	buildImage(t, image, "../../deploy/Dockerfile", filepath.Join(os.Getenv(programs), "image"))
}

func buildImage(t *testing.T, name, dockerfile, context string) {
	t.Helper()
	nstest.Run(t, "podman", "build", "--quiet", "--pull=never", "--isolation", "chroot", "--network", "host", "--tag", name, "--file", dockerfile, context)
}
