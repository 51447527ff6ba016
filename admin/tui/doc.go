// Package tui is the screens of ringpop-admin: [Top] and [Watch].
//
// Data flows one way. A look at the cluster goes into the model, which remembers
// what the looks before it showed; pure functions turn the model into lines of
// styled text; pages put these lines into widgets and say what keys mean; a
// session owns the terminal, the clock and the only loop.
//
//	look -> model -> lines -> page -> session
//
// All but the session can be tested without a terminal, and the session with
// tcell's simulated one. The widgets are those of tview. Its Application is not
// used, because updates that are queued to one that has stopped wait for ever.
//
// The package imports admin, admin/render and node/wire of this module.
package tui
