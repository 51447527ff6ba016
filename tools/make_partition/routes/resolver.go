package routes

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"time"
)

// resolveTimeout is how long one name may take.
const resolveTimeout = 10 * time.Second

// ErrName says that a name means no address. It is wrapped with the reason.
var ErrName = errors.New("no address")

// Resolver returns a function that finds the address of a host, in the way that
// commands get there: from DNS, docker, podman or kubectl. Of several addresses it takes
// the first.
func Resolver(ctx context.Context, via Via) func(name string) (netip.Addr, error) {
	return func(name string) (netip.Addr, error) {
		ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
		defer cancel()
		switch via {
		case Docker, Podman:
			return run(ctx, string(via), "inspect", "--format",
				"{{range .NetworkSettings.Networks}}{{.IPAddress}} {{.GlobalIPv6Address}} {{end}}", "--", name)
		case Kubectl:
			return run(ctx, "kubectl", "get", "pod", "--output", "jsonpath={.status.podIP}", "--", name)
		default:
			return dns(ctx, name)
		}
	}
}

func dns(ctx context.Context, name string) (netip.Addr, error) {
	addrs, err := net.DefaultResolver.LookupNetIP(ctx, "ip", name)
	if err != nil {
		// Which server was asked is of no use here.
		if failed, ok := errors.AsType[*net.DNSError](err); ok {
			return netip.Addr{}, fmt.Errorf("%w: %s", ErrName, failed.Err)
		}
		return netip.Addr{}, fmt.Errorf("%w: %w", ErrName, err)
	}
	return addrs[0].Unmap(), nil
}

// run asks a program, whose output holds addresses.
func run(ctx context.Context, program string, args ...string) (netip.Addr, error) {
	out, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		if failed, ok := errors.AsType[*exec.ExitError](err); ok && len(failed.Stderr) > 0 {
			line, _, _ := strings.Cut(string(failed.Stderr), "\n")
			return netip.Addr{}, fmt.Errorf("%w: %s says: %s", ErrName, program, line)
		}
		return netip.Addr{}, fmt.Errorf("%w: %w", ErrName, err)
	}
	for word := range strings.FieldsSeq(string(out)) {
		if addr, err := netip.ParseAddr(word); err == nil {
			return addr, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%w: %s knows none", ErrName, program)
}
