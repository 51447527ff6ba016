package swim

import (
	"fmt"

	"github.com/ringmend/ringmend/node/swim/internal/table"
	"github.com/ringmend/ringmend/node/wire"
)

// Request handles a call from another node. Its answer comes as an effect, at
// once or, for a ping-req, when the target has answered or not.
func (n *Node) Request(id RequestID, request wire.Request) {
	switch r := request.(type) {
	case *wire.JoinRequest:
		response, err := n.handleJoin(r)
		if err != nil {
			n.answer(id, nil, err)
			return
		}
		n.answer(id, response, nil)
	case *wire.Ping:
		response, err := n.handlePing(r)
		if err != nil {
			n.answer(id, nil, err)
			return
		}
		n.answer(id, response, nil)
	case *wire.PingRequest:
		if err := n.handlePingRequest(id, r); err != nil {
			n.answer(id, nil, err)
		}
	default:
		n.answer(id, nil, fmt.Errorf("%w: %T", wire.ErrInvalid, request))
	}
}

// admit refuses what must not change the membership.
func (n *Node) admit(source wire.Address, app string, changes *table.ChangeSet) error {
	if err := n.checkApp(app, n.cfg.RequireApp); err != nil {
		return err
	}
	switch {
	case source == n.self.Address:
		return fmt.Errorf("%w: %s", ErrOwnAddress, source)
	case !n.ready:
		n.called(source)
		return ErrNotReady
	}
	if err := n.clock.checkFuture(changes, n.now); err != nil {
		return err
	}
	n.heardFrom(source)
	return nil
}

// checkApp refuses requests of another app, and those that name none if one is required.
func (n *Node) checkApp(app string, required bool) error {
	switch {
	case app == "" && required:
		return fmt.Errorf("%w: it names none, and this node requires %q", ErrOtherApp, n.cfg.App)
	case app != "" && app != n.cfg.App:
		return fmt.Errorf("%w: this is %q, not %q", ErrOtherApp, n.cfg.App, app)
	}
	return nil
}

// CheckAnswerApp refuses answers of another app.
func (n *Node) CheckAnswerApp(from wire.Address, app string) error {
	switch {
	case app == "" && n.cfg.RequireApp:
		return fmt.Errorf("%w: the answer of %s names none, and this node requires %q", ErrOtherApp, from, n.cfg.App)
	case app != "" && app != n.cfg.App:
		return fmt.Errorf("%w: %s is of %q", ErrOtherApp, from, app)
	}
	return nil
}

// namedApp is the app as it stands where published nodes do not name theirs.
func (n *Node) namedApp() string {
	if n.cfg.Rules.AppInPingsOnly {
		return ""
	}
	return n.cfg.App
}
