package vector

import (
	"fmt"
	"time"

	"github.com/ringmend/ringmend/node/swim"
	"github.com/ringmend/ringmend/node/wire"
)

// app is the application of every member: the one that testpop is of.
const app = "ringpop"

// fillRequest adds to the body of a call what a well-behaved member would have
// written there. A key with the value null is left out.
func (s *session) fillRequest(endpoint string, body any, from *fake) (any, error) {
	object, err := asObject(body)
	if err != nil || from == nil {
		return body, err
	}
	switch endpoint {
	case wire.EndpointJoin:
		fill(object, "app", app)
		fill(object, "source", from.address)
		fill(object, "incarnationNumber", from.inc)
		fill(object, "timeout", int64(time.Second))
	case wire.EndpointPing:
		fill(object, "app", app)
		if err := s.fillPing(object, from); err != nil {
			return nil, err
		}
	case wire.EndpointPingReq:
		if err := s.fillPing(object, from); err != nil {
			return nil, err
		}
	}
	return object, nil
}

func (s *session) fillPing(object map[string]any, from *fake) error {
	fill(object, "source", from.address)
	fill(object, "sourceIncarnationNumber", from.inc)
	fill(object, "changes", []any{})
	s.fillChanges(object, "changes", from)
	if _, written := object["checksum"]; !written {
		checksum, err := s.value("checksum")
		if err != nil {
			return err
		}
		object["checksum"] = checksum
	}
	return nil
}

// fillAnswer does the same for an answer of a fake to a request of the node.
func (s *session) fillAnswer(endpoint string, body any, by *fake, request any) (any, error) {
	object, err := asObject(body)
	if err != nil {
		return body, nil // on purpose no object
	}
	asked, _ := request.(map[string]any)
	switch endpoint {
	case wire.EndpointJoin:
		fill(object, "app", app)
		fill(object, "coordinator", by.address)
		if _, written := object["membership"]; !written {
			object["membership"] = s.membership()
		}
		s.fillChanges(object, "membership", by)
		fill(object, "membershipChecksum", s.checksumOf(object["membership"]))
	case wire.EndpointPing:
		fill(object, "app", "")
		fill(object, "source", by.address)
		fill(object, "sourceIncarnationNumber", by.inc)
		fill(object, "changes", []any{})
		s.fillChanges(object, "changes", by)
		// The fake agrees with whatever the node believes.
		fill(object, "checksum", asked["checksum"])
	case wire.EndpointPingReq:
		fill(object, "pingStatus", true)
		fill(object, "target", asked["target"])
		fill(object, "changes", []any{})
		s.fillChanges(object, "changes", by)
	}
	return object, nil
}

// fillChanges completes a list of changes that from sends.
func (s *session) fillChanges(object map[string]any, key string, from *fake) {
	list, _ := object[key].([]any)
	for i := range list {
		change, ok := list[i].(map[string]any)
		if !ok {
			continue
		}
		if change["status"] == "tombstone" { // as it travels
			change["status"] = "faulty"
			fill(change, "tombstone", true)
		}
		fill(change, "source", from.address)
		fill(change, "sourceIncarnationNumber", from.inc)
		fill(change, "status", "alive")
		if address, ok := change["address"].(string); ok {
			fill(change, "incarnationNumber", s.incarnationOf(address))
		}
		fill(change, "timestamp", time.Now().Unix())
	}
}

func fill(object map[string]any, key string, value any) {
	written, ok := object[key]
	switch {
	case !ok:
		object[key] = value
	case written == nil:
		delete(object, key)
	}
}

// asObject returns a body that is to be filled in; none is an empty one.
func asObject(body any) (map[string]any, error) {
	if body == nil {
		return map[string]any{}, nil
	}
	object, ok := body.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("body is %s, an object is needed: use raw", show(body))
	}
	return object, nil
}

// checksumOf returns the checksum of a membership, as a node of the flavour that
// holds it would. Ringpop-node merges the answers to its joins by that.
func (s *session) checksumOf(membership any) int64 {
	list, _ := membership.([]any)
	var members []swim.Member
	for _, change := range list {
		address, _ := at(change, "address").(string)
		status, _ := at(change, "status").(string)
		inc, _ := integer(at(change, "incarnationNumber"))
		m := swim.Member{Address: wire.Address(address), Incarnation: inc}
		if m.Status.UnmarshalText([]byte(status)) != nil || at(change, "tombstone") == true {
			m.Status = wire.Tombstone // bad on purpose, or not counted
		}
		if labels, ok := at(change, "labels").(map[string]any); ok {
			m.Labels = make(map[string]string, len(labels))
			for key, value := range labels {
				m.Labels[key] = fmt.Sprint(value)
			}
		}
		members = append(members, m)
	}
	return int64(wire.Checksum(s.flavour, members))
}
