package discovery

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
)

// SRV lists the hosts and ports of the DNS records of type SRV at a name, such as
// _ringpop._tcp.example.org. Weights and priorities mean nothing to a cluster.
type SRV struct {
	Name string
	// Resolver is asked. Default: that of the system.
	Resolver *net.Resolver
}

// Hosts asks the resolver. The error is a *[net.DNSError] as a rule.
func (s SRV) Hosts(ctx context.Context) ([]string, error) {
	resolver := s.Resolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	_, records, err := resolver.LookupSRV(ctx, "", "", s.Name)
	if err != nil && len(records) == 0 { // with both, some of the records make no sense
		return nil, fmt.Errorf("SRV records: %w", err)
	}
	hosts := make([]string, 0, len(records))
	for _, r := range records {
		hosts = append(hosts, net.JoinHostPort(strings.TrimSuffix(r.Target, "."), strconv.Itoa(int(r.Port))))
	}
	return hosts, nil
}
