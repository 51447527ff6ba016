package wire

import "errors"

// ErrInvalid is wrapped by every error about a body that must not be believed.
var ErrInvalid = errors.New("invalid message")

// What is accepted from outside. Each limit is far above what a cluster of
// 10,000 members needs, and low enough that one message cannot hurt.
const (
	// MaxBody is the longest body in bytes that is decoded. The membership of
	// 10,000 members without labels takes about 2 MB.
	MaxBody = 16 << 20
	// MaxChanges is the largest number of changes in one body.
	MaxChanges = 32 << 10
	// MaxIncarnation is the largest incarnation: the largest integer that
	// ringpop-node can hold exactly.
	MaxIncarnation = 1<<53 - 1
	// MaxLabels, MaxLabelKey and MaxLabelValue bound the labels of one change.
	// They leave room for internal labels ("__identity") beside the 5 labels of
	// 32 and 128 bytes that an application may set, and for peers that were
	// configured with somewhat larger limits.
	MaxLabels     = 32
	MaxLabelKey   = 256
	MaxLabelValue = 1024
)
