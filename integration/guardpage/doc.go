// Package guardpage opens the page of ringmend-guard in a real browser, as a person
// sees it: Chromium, driven by chromedp. Without Chromium its tests are skipped.
package guardpage
