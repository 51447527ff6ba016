package pop

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ringmend/ringmend/compat/pop/swim"
	"github.com/ringmend/ringmend/node"
)

// addHook adds a hook to the node. ringpop-go compares hooks by ==, a node by name.
func (r *Ring) addHook(n *node.Node, hook swim.SelfEvictHook) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if slices.Contains(r.hooks, hook) {
		return swim.ErrDuplicateHook
	}
	err := evictError(n.AddEvictHook(node.EvictHook{
		Name:   fmt.Sprintf("hook %d", len(r.hooks)),
		Before: func(context.Context) { hook.PreEvict() },
		After:  func(context.Context) { hook.PostEvict() },
	}))
	if err == nil {
		r.hooks = append(r.hooks, hook)
	}
	return err
}

func evictError(err error) error {
	switch {
	case errors.Is(err, node.ErrEvicting):
		return swim.ErrSelfEvictionInProgress
	case errors.Is(err, node.ErrClosed):
		return ErrNotBootstrapped
	}
	return err
}
