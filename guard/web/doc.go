// Package web shows what a guard knows: a page for people, JSON and a stream of events
// for programs, metrics for Prometheus, and whether the guard itself lives.
//
// The page is a part of the binary and takes nothing from elsewhere. What nodes say of
// themselves, labels above all, reaches it as JSON and is shown as text only.
//
// A [Server] is told of states and events by one goroutine and serves them to many. It
// has limits on connections, streams and the size of answers, and no state of its own
// but the latest: the history is read from where the guard keeps it. It imports the
// other packages below guard, but for guard/plan, and the Prometheus client.
package web
