//go:build !linux

package gate

import (
	"context"
	"errors"

	"github.com/ringmend/ringmend/tools/make_partition/partition"
)

// Gate is not to be had on this system.
type Gate struct{}

// Open returns an error that wraps [errors.ErrUnsupported].
func Open(*partition.Split) (*Gate, error) { return nil, errors.ErrUnsupported }

// Run does nothing.
func (g *Gate) Run(context.Context) error { return errors.ErrUnsupported }

// Close does nothing.
func (g *Gate) Close() error { return nil }
