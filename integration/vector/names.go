package vector

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// value implements scope.
func (s *session) value(name string) (any, error) {
	if v, ok := s.vars[name]; ok {
		return v, nil
	}
	if v, ok := s.figure(name); ok {
		return v, nil
	}
	if i, err := strconv.Atoi(name); err == nil {
		if i < 1 || i > len(s.fakes) {
			return nil, fmt.Errorf("there is no $%d in a cluster of %d", i, s.size)
		}
		return s.fakes[i-1].address, nil
	}
	switch name {
	case "sut":
		return s.sut.address, nil
	case "x", "y", "z":
		f, err := s.stranger(name)
		if err != nil {
			return nil, err
		}
		return f.address, nil
	case "checksum":
		stats, err := s.stats(s.ctx)
		if err != nil {
			return nil, err
		}
		return int64(stats.parsed.Membership.Checksum), nil
	case "membership":
		stats, err := s.stats(s.ctx)
		if err != nil {
			return nil, err
		}
		return asChanges(stats.members), nil
	case "now":
		return time.Now().UnixMilli(), nil
	}
	return nil, fmt.Errorf("nothing is called $%s", name)
}

// incarnation implements scope. That of the node is what it says now.
func (s *session) incarnation(name string) (int64, error) {
	v, err := s.value(name)
	if err != nil {
		return 0, err
	}
	address, ok := v.(string)
	if !ok {
		return 0, fmt.Errorf("$%s is no address but %s, and has no incarnation", name, show(v))
	}
	if address != s.sut.address {
		return s.incarnationOf(address), nil
	}
	stats, err := s.stats(s.ctx)
	if err != nil {
		return 0, err
	}
	for _, m := range stats.members {
		if string(m.Address) == address {
			return m.Incarnation, nil
		}
	}
	return 0, fmt.Errorf("the node is not in its own membership")
}

func (s *session) incarnationOf(address string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if inc, ok := s.incs[address]; ok {
		return inc
	}
	return s.base
}

// figure returns what the protocol prescribes for a cluster of this size.
func (s *session) figure(name string) (int64, bool) {
	others := s.size - 1
	switch name {
	case "size":
		return int64(s.size), true
	case "others":
		return int64(others), true
	case "joins": // JoinSize 3, twice as many at once
		return int64(min(6, others)), true
	case "helpers": // without the target
		return int64(min(3, max(0, others-1))), true
	case "piggyback":
		return s.piggyback(), true
	case "evictions":
		share := int64(math.Ceil(float64(others) * 0.4))
		return min(share, s.piggyback()), true
	}
	return 0, false
}

// piggyback is how often a change is sent.
func (s *session) piggyback() int64 {
	const factor = 15
	return factor * int64(math.Ceil(math.Log10(float64(s.size))))
}

// bindFresh makes $fresh an address that the node has never heard of and where nothing
// listens.
func (s *session) bindFresh() {
	s.fresh++
	s.vars["fresh"] = fmt.Sprintf("127.0.0.3:%d", 1000+s.fresh)
}
