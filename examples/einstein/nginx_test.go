package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/internal/proc"
)

// A real nginx, with the configuration in deploy, passes over a node that refuses and one that
// is not there.
func TestNginx(t *testing.T) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip("skipped: nginx is not installed (tools/install-test-tools.sh)")
	}
	good := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "good ", r.URL.Path) }))
	defer good.Close()
	fenced := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "fenced", http.StatusServiceUnavailable) }))
	defer fenced.Close()
	addresses := ports.Addresses(t, 2)
	front, closed := addresses[0], addresses[1]

	text, err := os.ReadFile("../../deploy/compose/nginx.conf")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	config := strings.NewReplacer(
		"einstein1:9300", fenced.Listener.Addr().String(), "einstein2:9300", closed, "einstein3:9300", good.Listener.Addr().String(),
		"listen 8000;", "listen "+front+";",
		"http {", "http {\naccess_log off;\n"+temporary(dir),
	).Replace(string(text))
	file := filepath.Join(dir, "nginx.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	var log proc.Tail
	p, err := proc.Start(proc.Spec{
		Path: program, Args: []string{"-c", file, "-p", dir, "-e", "stderr", "-g", "daemon off; pid " + filepath.Join(dir, "pid") + ";"},
		Output: proc.To(&log),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Kill()
	ask := func() string {
		answer, err := http.Get("http://" + front + "/iq/Albert")
		if err != nil {
			return err.Error()
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != http.StatusOK || string(body) != "good /iq/Albert" {
			return fmt.Sprintf("%s %q %v", answer.Status, body, err)
		}
		return ""
	}
	await.Until(t, await.Patience, func() string {
		if why := ask(); why != "" {
			return why + "\n" + log.String()
		}
		return ""
	})
	for range 20 {
		if why := ask(); why != "" {
			t.Errorf("%s\n%s", why, log.String())
		}
	}
}

// temporary are directories of nginx that the user who runs the test may write to.
func temporary(dir string) string {
	var b strings.Builder
	for _, what := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		fmt.Fprintf(&b, "%s_temp_path %s;\n", what, filepath.Join(dir, what))
	}
	return b.String()
}
