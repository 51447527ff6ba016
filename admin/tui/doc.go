// Package tui is the screens of ringpop-admin: [Top] and [Watch].
//
// Data flows one way. A look at the cluster goes into the model, which remembers
// what the looks before it showed; pure functions turn the model into lines of
// styled text; pages put these lines on the screen and say what keys mean; a
// session owns the terminal, the clock and the only loop. Its pages are a stack, to which
// commands add and from which Escape takes; a prompt, such as the command line or a question
// before an order, has all keys until it is over. Orders, and questions to single nodes, run
// beside the loop and hand it what they found.
//
//	look -> model -> lines -> page -> session
//
// All but the session can be tested without a terminal, and the session with
// tcell's simulated one. The field for the filter is tview's. Its Table is not
// used: once all rows have fitted it stays at the end of a list that grows, and it
// paints over the colours of the chosen row. Nor is its Application, because
// updates queued after it has stopped block forever.
//
// The package imports admin, admin/render, node/evict and node/wire of this module.
package tui
