package output_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestNoProgramLosesItsOutputInSilence runs each program of the main module twice:
// once with an output that takes what is printed, and once on a full disk.
func TestNoProgramLosesItsOutputInSilence(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("skipped: there is no /dev/full here")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+"/", "./node/testpop", "./tick-cluster", "./admin/ringpop-admin",
		"./tools/make_partition", "./guard/ringmend-guard", "./sim/ringsim", "./sim/healstudy")
	build.Dir = "../.."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	for _, line := range []string{
		"ringpop-admin --help", "ringpop-admin --version", "ringpop-admin top --help", "ringpop-admin completion bash",
		"tick-cluster --help", "tick-cluster --version", "tick-cluster -n 1 --port 29877",
		"make_partition --help", "make_partition --version", "make_partition --heal",
		"make_partition --static 10.0.0.1:3000 10.0.0.2:3000",
		"testpop --help", "testpop --version",
		"ringmend-guard --help", "ringmend-guard --version", "ringmend-guard history --help", "ringmend-guard completion bash",
		"ringsim --help", "ringsim --nodes 3", "ringsim --nodes 3 --json", "ringsim --nodes 3 --compare",
		"healstudy --help", "healstudy --nodes 4 --shapes halves --rules ringmend --runs 1 --markdown -",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			if code, said := exitCode(t, bin, line, os.DevNull); code != 0 {
				t.Errorf("exit code %d when all can be written:\n%s", code, said)
			}
			code, said := exitCode(t, bin, line, "/dev/full")
			if code == 0 || !strings.Contains(said, "no space left on device") {
				t.Errorf("exit code %d on a full disk, and on stderr:\n%s", code, said)
			}
			if strings.Count(said, "no space left on device") > 1 {
				t.Errorf("said more than once:\n%s", said)
			}
		})
	}
}

// exitCode runs a command line, with commands on the standard input for tick-cluster.
func exitCode(t *testing.T, bin, line, stdout string) (code int, stderr string) {
	t.Helper()
	words := strings.Fields(line)
	out, err := os.OpenFile(stdout, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var said bytes.Buffer
	cmd := exec.CommandContext(t.Context(), filepath.Join(bin, words[0]), words[1:]...)
	cmd.Dir = t.TempDir()
	cmd.Stdin = strings.NewReader("quit\n")
	cmd.Stdout, cmd.Stderr = out, &said
	cmd.WaitDelay = time.Minute
	err = cmd.Run()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), said.String()
}
