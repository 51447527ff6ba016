package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"github.com/ringmend/ringmend/tick-cluster/internal/cluster"
)

// hostsFile is where nodes find each other. Its name is part of the interface:
// scripts and ringpop-admin are pointed at it.
const hostsFile = "hosts.json"

// places returns the nodes of the cluster.
func places(o options) []cluster.Node {
	nodes := make([]cluster.Node, o.size)
	for i := range nodes {
		port := o.port + i
		nodes[i] = cluster.Node{
			Name:    strconv.Itoa(port),
			Address: netip.AddrPortFrom(o.host, uint16(port)).String(),
		}
	}
	return nodes
}

// checkFree returns an error when one of the nodes could not listen. It holds no
// address afterwards, so it is a check for mistakes and not a reservation.
func checkFree(nodes []cluster.Node) error {
	for _, n := range nodes {
		l, err := net.Listen("tcp", n.Address)
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			return fmt.Errorf("port %s is in use (%s)", n.Name, n.Address)
		case err != nil:
			return fmt.Errorf("cannot listen on %s: %w", n.Address, errors.Unwrap(err))
		}
		l.Close()
	}
	return nil
}

// writeHosts writes the file of hosts. A reader sees the old file or the new one,
// never a part.
func writeHosts(nodes []cluster.Node) error {
	addresses := make([]string, len(nodes))
	for i, n := range nodes {
		addresses[i] = n.Address
	}
	data, err := json.MarshalIndent(addresses, "", "  ")
	if err != nil {
		return err
	}
	if err := replaceFile(hostsFile, append(data, '\n')); err != nil {
		return fmt.Errorf("writing %s: %w", hostsFile, err)
	}
	return nil
}

func replaceFile(name string, data []byte) (err error) {
	tmp, err := os.CreateTemp(".", "."+name+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(data)
	err = errors.Join(err, tmp.Chmod(0o644), tmp.Close())
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}
