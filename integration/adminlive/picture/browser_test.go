package picture

import (
	"context"
	"encoding/json"
	"html"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// patience is how long a browser gets on a loaded machine.
const patience = 2 * time.Minute

// measure is a script that adds to a picture where each of its characters stands.
const measure = `<script>
const texts = [...document.querySelectorAll("text")].map(t => ({
	text: t.textContent,
	y: t.getStartPositionOfChar(0).y,
	x: Array.from({length: t.getNumberOfChars()}, (_, i) => t.getStartPositionOfChar(i).x),
}));
document.querySelector("title").textContent = "MEASURED" + JSON.stringify(texts) + "END";
</script></svg>`

// shown is a text of a picture, and where a browser puts its characters.
type shown struct {
	Text string
	Y    float64
	X    []float64
}

// browse opens a picture in a browser.
func browse(t *testing.T, svg string) []shown {
	t.Helper()
	browser, err := exec.LookPath("chromium")
	if err != nil {
		t.Skipf("skipped: there is no browser (Debian: chromium): %v", err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "picture.svg")
	if err := os.WriteFile(file, []byte(strings.Replace(svg, "</svg>", measure, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
		"--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+filepath.Join(dir, "profile"), "--dump-dom", "file://"+file)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	page, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", browser, err, complaints.String())
	}
	measured := regexp.MustCompile(`MEASURED(.*)END`).FindSubmatch(page)
	if measured == nil {
		t.Fatalf("the script did not run:\n%s\n%s", page, complaints.String())
	}
	var texts []shown
	if err := json.Unmarshal([]byte(html.UnescapeString(string(measured[1]))), &texts); err != nil {
		t.Fatal(err)
	}
	return texts
}

// screenOf reads a screen back from where a browser puts its characters.
func screenOf(t *testing.T, texts []shown) []string {
	t.Helper()
	var rows [][]rune
	for _, text := range texts {
		letters := []rune(text.Text)
		if len(letters) != len(text.X) {
			t.Fatalf("of %q the browser shows %d characters", text.Text, len(text.X))
		}
		row := int(math.Round((text.Y - margin - ascent) / cellHeight))
		for len(rows) <= row {
			rows = append(rows, nil)
		}
		for i, letter := range letters {
			column := (text.X[i] - margin) / cellWidth
			at := int(math.Round(column))
			if off := math.Abs(column - float64(at)); off > 0.1 {
				t.Errorf("%q of %q stands %.0f %% of a cell beside its own", letter, text.Text, 100*off)
			}
			for len(rows[row]) <= at {
				rows[row] = append(rows[row], ' ')
			}
			if there := rows[row][at]; there != ' ' {
				t.Errorf("%q stands on %q in row %d, column %d", letter, there, row, at)
			}
			rows[row][at] = letter
		}
	}
	var lines []string
	for _, row := range rows {
		lines = append(lines, strings.TrimRight(string(row), " "))
	}
	return lines
}

// A screen, as tmux captures it: columns, spaces in words of one colour, several
// spaces in a row, a chosen row, and what XML escapes.
const captured = "\x1b[1m top\x1b[0m 10.77.0.2:3000   seen at 11:32:53 in 4ms      \n" +
	"\x1b[1;31m SPLIT\x1b[0m into 2 partitions of 3 | 2 nodes         \n" +
	"\x1b[1m Address          P1       P2   \x1b[0m     \n" +
	"\x1b[7m 10.77.0.2:3000   \x1b[32malive    \x1b[31mfaulty\x1b[39m        \x1b[0m\n" +
	" 10.77.1.2:3000   \x1b[2m--\x1b[0m       \x1b[30;43msuspect\x1b[0m  <a&b>  ↑↓  ······\n" +
	"\n" +
	"    \x1b[2mq  quit\x1b[0m"

func TestABrowserShowsTheScreen(t *testing.T) {
	want := strings.Split(regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(captured, ""), "\n")
	for i := range want {
		want[i] = strings.TrimRight(want[i], " ")
	}
	for name, theme := range map[string]Theme{"dark": Dark, "light": Light} {
		texts := browse(t, SVG(captured, 60, "a screen", theme))
		if diff := cmp.Diff(want, screenOf(t, texts)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// keys begin the last line of a screen: of a view, and while an order is chosen.
var keys = []string{" ? help  q quit  ", " l leave  j join  "}

func TestABrowserShowsThePicturesOfTheDocuments(t *testing.T) {
	files, err := filepath.Glob("../../../docs/screens/*.svg")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pictures, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			svg, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := screenOf(t, browse(t, string(svg)))
			last := lines[len(lines)-1]
			if !slices.ContainsFunc(keys, func(k string) bool { return strings.HasPrefix(last, k) }) {
				t.Errorf("the last line is not that of the keys:\n%s", strings.Join(lines, "\n"))
			}
		})
	}
}
