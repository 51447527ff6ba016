package swim

import (
	"errors"

	"github.com/ringmend/ringmend/node"
)

// Errors of changes of labels.
var (
	ErrLabelSizeExceeded = errors.New("label operation exceeds configured label limits")
	ErrLabelInternalKey  = errors.New("label can't be altered by application because it is in the internal ringpop namespace")
)

// LabelOptions are the limits of the labels that an application may set: the number of
// labels, and the lengths of their keys and values in bytes.
type LabelOptions struct {
	KeySize   int
	ValueSize int
	Count     int
}

// DefaultLabelOptions are the limits unless others are set.
var DefaultLabelOptions = LabelOptions{KeySize: 32, ValueSize: 128, Count: 5}

// NodeLabels are the labels of this node, which others see. Its methods may be called
// concurrently.
type NodeLabels struct{ node *node.Node }

// LabelsOf returns the labels of a node.
func LabelsOf(n *node.Node) *NodeLabels { return &NodeLabels{n} }

// Get returns the value of a label; has is false when there is none.
func (l *NodeLabels) Get(key string) (value string, has bool) {
	value, has = l.node.Labels()[key]
	return value, has
}

// AsMap returns a copy of all labels.
func (l *NodeLabels) AsMap() map[string]string { return l.node.Labels() }

// Set sets a label, and lets all members know. The error is [ErrLabelInternalKey] for keys
// that begin with two underscores, or [ErrLabelSizeExceeded].
func (l *NodeLabels) Set(key, value string) error {
	return labelError(l.node.SetLabels(map[string]string{key: value}))
}

// Remove takes a label away, and reports whether it was there.
func (l *NodeLabels) Remove(key string) (removed bool, err error) {
	removed, err = l.node.RemoveLabels(key)
	return removed, labelError(err)
}

func labelError(err error) error {
	switch {
	case errors.Is(err, node.ErrLabelInternal):
		return ErrLabelInternalKey
	case errors.Is(err, node.ErrLabelLimit):
		return ErrLabelSizeExceeded
	}
	return err
}
