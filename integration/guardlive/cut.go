package guardlive

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ringmend/ringmend/integration/nodelab"
	"github.com/ringmend/ringmend/node/wire"
)

// cutAndMend cuts the ring, mends it, and waits for it to be one.
func (r *run) cutAndMend() error {
	if err := r.cut(); err != nil {
		return err
	}
	if err := r.during(false); err != nil {
		return err
	}
	if err := r.network.Mend(); err != nil {
		return err
	}
	if err := r.during(true); err != nil {
		return err
	}
	if r.Again || r.Kill {
		if _, err := r.nodes.Await(r.Limit, func(v []*wire.MembershipStats) bool { r.look(v); return r.merging(v) }); err != nil {
			return fmt.Errorf("wait for a merge to begin: %w", err)
		}
	}
	if r.Kill {
		r.killGuard()
	}
	if r.Again {
		if err := r.cut(); err != nil {
			return err
		}
		if err := r.network.Mend(); err != nil {
			return err
		}
	}
	took, err := r.nodes.Await(r.Limit, func(v []*wire.MembershipStats) bool { r.look(v); return r.whole(v) })
	if err != nil && !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	r.out.Took, r.out.Healed = took, err == nil
	// What a heal does to a member shows a suspect period later.
	_, err = r.nodes.Await(afterwards, func(v []*wire.MembershipStats) bool {
		r.look(v)
		if r.out.Healed && r.nodes.Harmed(v, r.all()) > 0 {
			r.out.Relapsed = true
		}
		return false
	})
	if !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	return nil
}

func (r *run) during(mended bool) error {
	if r.During == nil {
		return nil
	}
	return r.During(mended)
}

// afterwards is how long a ring is watched after it has healed: longer than a suspect
// period.
const afterwards = 7 * time.Second

// cut cuts the network, waits until the ring has fallen apart, and for a while after
// that: before, what becomes of it when the network returns is chance, with a guard as
// without.
func (r *run) cut() error {
	if err := r.network.Cut(r.Kind, r.parts()...); err != nil {
		return err
	}
	if _, err := r.nodes.Await(patience, func(v []*wire.MembershipStats) bool { r.look(v); return r.apart(v) }); err != nil {
		return fmt.Errorf("wait for the ring to fall apart: %w", err)
	}
	if _, err := r.nodes.Await(r.For, func(v []*wire.MembershipStats) bool { r.look(v); return false }); !errors.Is(err, nodelab.ErrLimit) {
		return err
	}
	return nil
}

func (r *run) look(views []*wire.MembershipStats) {
	r.out.Harmed += r.nodes.Harmed(views, r.parts()...)
}

// all returns all hosts.
func (r *run) all() []int { return slices.Concat(r.parts()...) }
