package guardpage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/ringmend/ringmend/integration/guardpage"
	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/node/wire"
)

// patience is how long a browser gets on a busy machine.
const patience = 2 * time.Minute

func open(t *testing.T, url string, width, height int64, dark bool) *guardpage.Page {
	t.Helper()
	if err := guardpage.Missing(); err != nil {
		t.Skipf("skipped: %v", err)
	}
	page, err := guardpage.Open(t.Context(), url, width, height, dark)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(page.Close)
	return page
}

// see waits until texts are seen on a page.
func see(t *testing.T, p *guardpage.Page, texts ...string) {
	t.Helper()
	await.Until(t, patience, func() string {
		seen, err := p.Text()
		if err != nil {
			return err.Error()
		}
		for _, text := range texts {
			if !strings.Contains(seen, text) {
				return fmt.Sprintf("%q is not seen on:\n%.3000s", text, seen)
			}
		}
		return ""
	})
}

func do(t *testing.T, p *guardpage.Page, actions ...chromedp.Action) {
	t.Helper()
	if err := p.Do(actions...); err != nil {
		t.Fatal(err)
	}
}

// search types into the search field, in place of what is there.
func search(t *testing.T, p *guardpage.Page, text string) {
	t.Helper()
	if err := p.Eval(`document.querySelector("#search").select()`, nil); err != nil {
		t.Fatal(err)
	}
	do(t, p, chromedp.SendKeys("#search", kb.Backspace+text))
}

// shoot keeps a picture, where one is wanted.
func shoot(t *testing.T, p *guardpage.Page, name string) {
	t.Helper()
	if dir := os.Getenv("RINGMEND_PICTURES"); dir != "" {
		if err := p.Shoot(filepath.Join(dir, name+".png")); err != nil {
			t.Error(err)
		}
	}
}

// hostile is what a node may put in a label, hoping that a page takes it for more than
// text.
const hostile = `<img src=x onerror="document.title='owned'"><script>document.title='owned'</script>`

// A thousand members, of which some are hostile and one answers garbage: they are shown,
// searched and filtered, split and one again, in the dark and on a phone.
func TestTheRingIsShown(t *testing.T) {
	r := &simRing{
		nodes: 1000,
		labels: map[wire.Address]map[string]string{
			address(7): {"zone": hostile}, address(8): {hostile: "zone", "rack": "r-8"},
		},
		garbage: map[wire.Address][]byte{address(9): []byte(`{"membership":{"members":[{"address":"<script>","status":"` + hostile + `"}]}}`)},
	}
	r.set(1)
	url, stop := serve(t, r)
	p := open(t, url, 1280, 1000, false)
	see(t, p, "One ring of 1000, not all up", "999 up", "1 not answering", "mode observe", "app <i>orders</i>", "began to watch a ring of 1000 members")
	see(t, p, "10.1.0.10:3000", "Show 200 more of 800")
	shoot(t, p, "one")

	search(t, p, "zone")
	see(t, p, "2 of 1000", "10.1.0.8:3000", hostile)
	unharmed(t, p)
	do(t, p, chromedp.Click(`//td/button[text()="10.1.0.8:3000"]`, chromedp.BySearch))
	see(t, p, "999 nodes: 10.1.0.1:3000", hostile)
	unharmed(t, p)
	shoot(t, p, "details")
	do(t, p, chromedp.Click(`dialog button`))
	search(t, p, "10.1.4.1")
	see(t, p, "111 of 1000")
	do(t, p, chromedp.Click(`//label[contains(., "up")]/input`, chromedp.BySearch))
	see(t, p, "0 of 1000")
	search(t, p, "")
	see(t, p, "1 of 1000", "10.1.0.10:3000", "not answering")
	do(t, p, chromedp.Click(`//label[contains(., "up")]/input`, chromedp.BySearch))

	r.set(3)
	see(t, p, "Split into 3 sides: 333 | 333 | 333", "P1 and P2", "members must reincarnate first", "in P3", "split began")
	unharmed(t, p)
	shoot(t, p, "split")
	t.Run("dark phone", func(t *testing.T) {
		phone := open(t, url, 390, 840, true)
		see(t, phone, "Split into 3 sides", "split began")
		shoot(t, phone, "phone")
		var wide bool
		if err := phone.Eval("document.documentElement.scrollWidth > window.innerWidth", &wide); err != nil || wide {
			t.Errorf("wider than a phone: %t, %v", wide, err)
		}
		var back string
		if err := phone.Eval("getComputedStyle(document.body).backgroundColor", &back); err != nil || back != "rgb(20, 23, 26)" {
			t.Errorf("the background is %s, %v", back, err)
		}
	})
	r.set(1)
	see(t, p, "One ring of 1000", "split ended")

	// The last good data stays, with its age.
	stop()
	see(t, p, "The guard is not reached. This is what it said", "One ring of 1000", "10.1.0.10:3000")
	shoot(t, p, "gone")
}

// unharmed fails if what a node sent has become more than text.
func unharmed(t *testing.T, p *guardpage.Page) {
	t.Helper()
	var title string
	var images int
	if err := p.Eval("document.title", &title); err != nil || strings.Contains(title, "owned") {
		t.Errorf("the title is %q, %v", title, err)
	}
	if err := p.Eval("document.images.length", &images); err != nil || images > 0 {
		t.Errorf("%d images, %v", images, err)
	}
}
