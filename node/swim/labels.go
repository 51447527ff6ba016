package swim

import (
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"
)

// LabelLimits bound what an application may say of its node, since all of it is
// gossiped to all nodes. Labels whose keys begin with "__" are Ringpop's own
// and do not count.
type LabelLimits struct {
	Count     int // labels of a node
	KeySize   int // bytes
	ValueSize int // bytes
}

// Why labels are refused.
var (
	ErrLabelLimit    = errors.New("labels exceed the limits")
	ErrLabelInternal = errors.New("labels whose keys begin with __ are internal")
	ErrLabelEncoding = errors.New("label is not valid UTF-8")
	ErrLabelFlavour  = errors.New("nodes of checksum flavour node have no labels and no identity, since ringpop-node passes changes on without them")
)

const internalPrefix = "__"

// check returns an error if an application may not have these labels.
func (l LabelLimits) check(labels map[string]string) error {
	count := 0
	for key, value := range labels {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return fmt.Errorf("%w: %q", ErrLabelEncoding, key)
		}
		if strings.HasPrefix(key, internalPrefix) {
			continue
		}
		count++
		if len(key) > l.KeySize || len(value) > l.ValueSize {
			return fmt.Errorf("%w: %q has %d and %d bytes, at most %d and %d are allowed",
				ErrLabelLimit, key, len(key), len(value), l.KeySize, l.ValueSize)
		}
	}
	if count > l.Count {
		return fmt.Errorf("%w: %d labels, at most %d are allowed", ErrLabelLimit, count, l.Count)
	}
	return nil
}

// Labels returns a copy of the labels of the node, the internal ones included.
func (n *Node) Labels() map[string]string { return maps.Clone(n.self.Labels) }

// SetLabels adds labels to those of the node, or changes them. The error wraps
// [ErrLabelInternal], [ErrLabelLimit], [ErrLabelEncoding] or [ErrLabelFlavour]; then
// nothing is changed.
func (n *Node) SetLabels(set map[string]string) error {
	for key := range set {
		if strings.HasPrefix(key, internalPrefix) {
			return fmt.Errorf("%w: %q", ErrLabelInternal, key)
		}
	}
	return n.mergeLabels(n.Labels(), set)
}

// RemoveLabels takes labels away, and reports whether all of them were there.
func (n *Node) RemoveLabels(keys ...string) (all bool, err error) {
	labels := n.Labels()
	all = true
	for _, key := range keys {
		if strings.HasPrefix(key, internalPrefix) {
			return false, fmt.Errorf("%w: %q", ErrLabelInternal, key)
		}
		_, has := labels[key]
		all = all && has
		delete(labels, key)
	}
	n.replaceLabels(labels)
	return all, nil
}

// SetIdentity gives the node an identity, by which it is placed in the ring in
// place of its address. It travels as a label: the error wraps [ErrLabelEncoding] or
// [ErrLabelFlavour].
func (n *Node) SetIdentity(identity string) error {
	return n.mergeLabels(n.Labels(), map[string]string{IdentityLabel: identity})
}

// SetInternalLabels replaces the internal labels whose keys begin with a prefix, which begins
// with "__", and leaves the others. Nodes of flavour node have no labels, and keep none.
func (n *Node) SetInternalLabels(prefix string, set map[string]string) {
	labels := n.Labels()
	maps.DeleteFunc(labels, func(key, _ string) bool { return strings.HasPrefix(key, prefix) })
	_ = n.mergeLabels(labels, set)
}

// mergeLabels gives the node some labels with those of a set added, unless it may not have
// them.
func (n *Node) mergeLabels(labels, set map[string]string) error {
	if labels == nil {
		labels = make(map[string]string, len(set))
	}
	maps.Copy(labels, set)
	if err := n.cfg.mayHave(labels); err != nil {
		return err
	}
	n.replaceLabels(labels)
	return nil
}

func (n *Node) replaceLabels(labels map[string]string) {
	if !maps.Equal(labels, n.self.Labels) {
		n.reborn(n.self.Status, labels)
	}
}
