package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
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
		number, address := o.port+i, o.host
		port := number
		if o.loopback {
			number, port = firstLoopback+i, o.port
			address = loopbackAddress(o.host, number)
		}
		nodes[i] = cluster.Node{
			Name:    strconv.Itoa(number),
			Address: netip.AddrPortFrom(address, uint16(port)).String(),
		}
	}
	return nodes
}

// loopbackAddress returns the address with a number from 1 to 9999 in a network:
// 127.0.0.11, or fd00::11, where the figures only look decimal.
func loopbackAddress(network netip.Addr, number int) netip.Addr {
	if network.Is4() {
		return netip.AddrFrom4([4]byte{127, 0, byte(number >> 8), byte(number)})
	}
	address := network.As16()
	address[14] = byte(number/1000<<4 | number/100%10)
	address[15] = byte(number/10%10<<4 | number%10)
	return netip.AddrFrom16(address)
}

// checkFree returns an error when one of the nodes could not listen. It holds no
// address afterwards, so it is a check for mistakes and not a reservation.
func checkFree(nodes []cluster.Node) error {
	for _, n := range nodes {
		l, err := net.Listen("tcp", n.Address)
		switch {
		case errors.Is(err, syscall.EADDRINUSE):
			_, port, _ := net.SplitHostPort(n.Address)
			return fmt.Errorf("port %s is in use (%s)", port, n.Address)
		case errors.Is(err, syscall.EADDRNOTAVAIL):
			return fmt.Errorf("cannot listen on %s: this machine has no such address%s", n.Address, remedy(n))
		case err != nil:
			return fmt.Errorf("cannot listen on %s: %w", n.Address, errors.Unwrap(err))
		}
		l.Close()
	}
	return nil
}

// remedy says how to get the address of a node.
func remedy(n cluster.Node) string {
	address, err := netip.ParseAddrPort(n.Address)
	switch {
	case err != nil:
		return ""
	case runtime.GOOS == "darwin" && address.Addr().IsLoopback():
		return fmt.Sprintf(" (give it one: sudo ifconfig lo0 alias %s)", address.Addr())
	case runtime.GOOS == "linux" && address.Addr().IsPrivate() && address.Addr().Is6():
		return fmt.Sprintf(" (--netns has them, or: ip -6 addr add %s/128 dev lo)", address.Addr())
	}
	return ""
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

// discoveryURI is where ringpop-admin finds the cluster, whichever of its nodes is down.
func discoveryURI() string {
	path, err := filepath.Abs(hostsFile)
	if err != nil {
		path = hostsFile
	}
	if strings.ContainsAny(path, " '\"$`\\") {
		return "'file://" + strings.ReplaceAll(path, "'", `'\''`) + "'" // for a shell
	}
	return "file://" + path
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
