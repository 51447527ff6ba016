package render

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/evict"
	"github.com/ringmend/ringmend/node/wire"
)

// Status returns a table of the members of a partition and their statuses, and says which
// of them are evicted.
func Status(p *admin.Partition, evictions *evict.List, header bool) string {
	var t table
	if header {
		t = append(t, []string{"ADDRESS", "STATUS"})
	}
	for _, m := range p.Members {
		row := []string{string(m.Address), m.Status.String()}
		if evictions.Evicted(m.Address) {
			row = append(row, "evicted")
		}
		t = append(t, row)
	}
	text := t.String()
	for _, member := range evictions.Members() {
		if p.Member(member) == nil {
			text += fmt.Sprintf("%s is evicted, and no member.\n", member)
		}
	}
	return text
}

// MembersJSON is the JSON form of [Status], and of lists of members.
type MembersJSON struct {
	Verdict VerdictJSON `json:"verdict"`
	// Members are sorted by address.
	Members []wire.Member `json:"members"`
	// Evicted are the members that are evicted; [] when none is.
	Evicted []EvictionJSON `json:"evicted"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// NewMembersJSON returns the JSON form of the members of a cluster, as most nodes
// hold them.
func NewMembersJSON(c *admin.Cluster, v *admin.Verdict) MembersJSON {
	return MembersJSON{Verdict: NewVerdictJSON(v), Members: v.Most.Members, Evicted: NewEvictionsJSON(c.Evictions()), Failed: failures(c, c.Partitions())}
}

// HostsJSON is the JSON form of a list of hosts.
type HostsJSON struct {
	Verdict VerdictJSON `json:"verdict"`
	// Hosts are sorted, IPv6 addresses without brackets.
	Hosts []string `json:"hosts"`
	// Failed are the nodes that gave no usable answer; [] when all did.
	Failed []FailureJSON `json:"failed"`
}

// NewHostsJSON returns the JSON form of the hosts of a cluster, as most nodes hold
// its members.
func NewHostsJSON(c *admin.Cluster, v *admin.Verdict) HostsJSON {
	return HostsJSON{Verdict: NewVerdictJSON(v), Hosts: Hosts(v.Most), Failed: failures(c, c.Partitions())}
}

// Hosts returns the hosts that the members of a partition are on, sorted, each
// once.
func Hosts(p *admin.Partition) []string {
	hosts := make([]string, 0, len(p.Members))
	for _, m := range p.Members {
		hosts = append(hosts, m.Address.Host())
	}
	slices.SortFunc(hosts, admin.CompareHosts)
	return slices.Compact(hosts)
}

// Addresses returns the addresses of the members of a partition, sorted.
func Addresses(p *admin.Partition) []string {
	addresses := make([]string, 0, len(p.Members))
	for _, m := range p.Members {
		addresses = append(addresses, string(m.Address))
	}
	return addresses
}

// Lines returns texts as lines.
func Lines(texts []string) string {
	var b strings.Builder
	for _, text := range texts {
		b.WriteString(text)
		b.WriteByte('\n')
	}
	return b.String()
}
