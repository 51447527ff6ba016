package guardlive_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/ringmend/ringmend/integration/guardlive"
	"github.com/ringmend/ringmend/integration/guardpage"
	"github.com/ringmend/ringmend/integration/rig"
	"github.com/ringmend/ringmend/internal/netlab"
)

// A person has the page of a guard open that asks, while a real ring is cut: sees the
// split and what would be done, says yes once the network is back, and sees one ring.
// With RINGMEND_PICTURES pictures of it are kept.
func TestThePageDuringARealCut(t *testing.T) {
	if err := guardpage.Missing(); err != nil && !netlab.Inside() {
		t.Skipf("skipped: %v", err)
	}
	lab := inside(t, 6)
	if lab == nil {
		return
	}
	const address = "127.0.0.1:7950" // of namespaces of our own
	var page *guardpage.Page
	see := func(what string, texts ...string) error {
		err := rig.Until(limit, func() error {
			text, err := page.Text()
			if err != nil {
				return err
			}
			for _, want := range texts {
				if !strings.Contains(text, want) {
					return errors.New(what + ": not all of " + strings.Join(texts, ", ") + " is seen on:\n" + text)
				}
			}
			return nil
		})
		if dir := os.Getenv("RINGMEND_PICTURES"); err == nil && dir != "" {
			return page.Shoot(filepath.Join(dir, "guard-"+what+".png"))
		}
		return err
	}
	out, err := lab.Run(guardlive.Scenario{
		Ring: "gggggg", Parts: 2, Kind: netlab.Reset, For: time.Second, Guards: []int{guardlive.Router},
		Flags: []string{"--mode=ask", "--http=" + address, "--store=" + filepath.Join(t.TempDir(), "guard.db")},
		During: func(mended bool) (err error) {
			if mended {
				if err := page.Do(chromedp.Click("#yes")); err != nil {
					return err
				}
				return see("healed", "One ring of 6, all up", "reincarnate, such that", "split ended")
			}
			if page, err = guardpage.Open(t.Context(), "http://"+address+"/", 1000, 1010, false); err != nil {
				return err
			}
			return see("split", "Split into 2 sides: 3 | 3", "6 members must reincarnate first", "Merge the sides", "split began")
		},
	})
	if page != nil {
		page.Close()
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, out.Logs)
	}
	if !out.Healed || out.Harmed > 0 {
		t.Errorf("%+v", out)
	}
}
