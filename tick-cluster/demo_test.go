package main

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// What the demo tells people to type works whichever node is dead.
func TestTheAdviceOfTheDemo(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin+"/", "./admin/ringpop-admin", "./tick-cluster")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	demo, err := filepath.Abs("../tools/demo.sh")
	if err != nil {
		t.Fatal(err)
	}
	p := &person{tool: newTool(t, 4, "")}
	p.cmd.Path, p.cmd.Args = "/bin/sh", []string{"sh", demo, bin}
	p.cmd.Env = append(p.cmd.Env, "PORT="+strconv.Itoa(p.port))
	p.start()
	advice := regexp.MustCompile(`whichever node is down:\r*\n +(\S+ringpop-admin) partitions -w 1 (\S+)\r*\n`)
	waitFor(t, "the advice", func() bool { return advice.MatchString(p.out.String()) })
	words := advice.FindStringSubmatch(p.out.String())
	if want := "k " + p.node(1) + " Enter"; !strings.Contains(p.out.String(), want) {
		t.Errorf("no %q in the advice", want)
	}
	for i := range 4 {
		p.presses("k"+p.node(i)+"\r", `\[`+p.node(i)+`\] [\d:.]+ killed, pid`, false)
		out, err := exec.Command(words[1], "partitions", words[2]).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "127.0.0.1:") {
			t.Errorf("with %s dead: %v\n%s", p.node(i), err, out)
		}
		p.presses("r"+p.node(i)+"\r", `\[`+p.node(i)+`\] [\d:.]+ started again`, false)
	}
	p.types("q")
	if code := p.exit(); code != exitOK {
		t.Errorf("exit code %d, want 0", code)
	}
}
