package iq

import (
	"errors"
	"fmt"
	"strings"
)

// Open opens the store that a command line names: mem, bolt:FILE or etcd:ENDPOINTS.
func Open(what string) (Store, error) {
	kind, where, _ := strings.Cut(what, ":")
	switch {
	case what == "mem":
		return new(Memory), nil
	case kind == "bolt" && where != "":
		return OpenBolt(where)
	case kind == "etcd" && where != "":
		return OpenEtcd(where)
	}
	return nil, fmt.Errorf("%w: %q, it must be mem, bolt:FILE or etcd:HOST:PORT,HOST:PORT", ErrStore, what)
}

// ErrStore means that there is no such store.
var ErrStore = errors.New("unknown store")

// Shared reports whether all nodes have the store in common.
func Shared(s Store) bool {
	_, is := s.(interface{ shared() })
	return is
}
