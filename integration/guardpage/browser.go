package guardpage

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// Missing returns why there is no browser on this machine, or nil.
func Missing() error {
	if _, err := exec.LookPath("chromium"); err != nil {
		return fmt.Errorf("there is no chromium (Debian: chromium): %w", err)
	}
	return nil
}

// Page is a page in a browser.
type Page struct {
	ctx    context.Context
	cancel func()
}

// Open opens a URL in a browser of its own, with a window of the given size in CSS
// pixels, and a dark one if wanted. The page must be closed.
func Open(ctx context.Context, url string, width, height int64, dark bool) (*Page, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("chromium"), chromedp.NoSandbox,
		chromedp.WSURLReadTimeout(2*time.Minute), chromedp.Flag("hide-scrollbars", true))
	allocator, end := chromedp.NewExecAllocator(ctx, options...)
	// What the library does not know of a newer browser is no news.
	browser, close := chromedp.NewContext(allocator, chromedp.WithErrorf(func(string, ...any) {}))
	p := &Page{ctx: browser, cancel: func() { close(); end() }}
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	err := chromedp.Run(browser,
		chromedp.EmulateViewport(width, height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.Navigate(url))
	if err != nil {
		p.Close()
		return nil, fmt.Errorf("open %s: %w", url, err)
	}
	return p, nil
}

// Close closes the browser.
func (p *Page) Close() { p.cancel() }

// Eval evaluates JavaScript in the page and stores its value in v.
func (p *Page) Eval(script string, v any) error {
	if err := chromedp.Run(p.ctx, chromedp.Evaluate(script, v)); err != nil {
		return fmt.Errorf("%s: %w", script, err)
	}
	return nil
}

// Do does things in the page, as a person would.
func (p *Page) Do(actions ...chromedp.Action) error { return chromedp.Run(p.ctx, actions...) }

// Text returns the text that is seen in the page.
func (p *Page) Text() (text string, err error) {
	return text, p.Eval("document.body.innerText", &text)
}

// Shoot writes a picture of the window as PNG.
func (p *Page) Shoot(file string) error {
	var png []byte
	if err := chromedp.Run(p.ctx, chromedp.CaptureScreenshot(&png)); err != nil {
		return fmt.Errorf("take a picture: %w", err)
	}
	return os.WriteFile(file, png, 0o644)
}
