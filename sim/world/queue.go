package world

import "time"

// eventKind says what is to happen.
type eventKind uint8

const (
	wake     eventKind = iota // a core's deadline
	arrive                    // a request reaches its target
	comeBack                  // an answer, or an error, reaches the caller
	synRetry                  // a packet that opens a connection is sent again
	expire                    // a caller has waited for long enough
	hosts                     // discovery answers
	resume                    // a stopped process goes on
	step                      // a step of the script
	sample                    // the time to look at the whole cluster
	timer                     // a function that something outside the cluster has set
)

// event is an entry of the queue. Which of the last fields mean something
// depends on the kind.
type event struct {
	at     time.Duration // since the start of the run
	seq    uint64        // orders what happens at the same time
	call   *Call
	node   int32 // or the index of a step, or the number of a timer
	life   int32 // of the node; what belongs to an older one is dropped
	kind   eventKind
	served bool // has waited for its turn at a slow node
}

func (e *event) before(f *event) bool {
	return e.at < f.at || e.at == f.at && e.seq < f.seq
}

// queue holds what is going to happen, in a heap with four children to a parent:
// fewer levels, and children that share a cache line.
type queue struct {
	heap []event
	seq  uint64
}

func (q *queue) push(e event) {
	q.seq++
	e.seq = q.seq
	q.heap = append(q.heap, e)
	i := len(q.heap) - 1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&q.heap[parent]) {
			break
		}
		q.heap[i] = q.heap[parent]
		i = parent
	}
	q.heap[i] = e
}

// pop takes the next event out. The queue must not be empty.
func (q *queue) pop() event {
	first := q.heap[0]
	last := len(q.heap) - 1
	moved := q.heap[last]
	q.heap[last] = event{}
	q.heap = q.heap[:last]
	if last > 0 {
		q.sink(moved)
	}
	return first
}

// sink puts e, which is to take the first place, where it belongs.
func (q *queue) sink(e event) {
	i := 0
	for {
		child := 4*i + 1
		if child >= len(q.heap) {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, len(q.heap)); c++ {
			if q.heap[c].before(&q.heap[least]) {
				least = c
			}
		}
		if !q.heap[least].before(&e) {
			break
		}
		q.heap[i] = q.heap[least]
		i = least
	}
	q.heap[i] = e
}

func (q *queue) len() int { return len(q.heap) }
