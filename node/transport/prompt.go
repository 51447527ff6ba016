package transport

import "time"

// A Prompt is a [Transport] that needs no goroutine for a call which does not wait. A node
// at rest does little but ping, and to start, wake and end goroutines costs more than the pings.
type Prompt interface {
	Transport
	// AnswerPromptly names the calls whose handler does not wait: it may run in the goroutine
	// that reads from the network. It is called before Listen.
	AnswerPromptly(promptly func(endpoint string) bool)
	// Start starts a call as Call does, with a timeout, and does not wait. It reports false,
	// and does nothing, where it would have to: without a connection to the address, say. done
	// is called once, with what Call would have returned, and must not wait; that may be
	// before Start returns.
	Start(timeout time.Duration, address, endpoint string, body []byte, done func(answer []byte, err error)) bool
}
