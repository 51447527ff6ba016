package app

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/ringmend/ringmend/node"
)

// networks returns what reads a list of networks.
func networks(to *[]netip.Prefix) func(string) error {
	return func(list string) error {
		if list == "anywhere" {
			*to = node.Anywhere()
			return nil
		}
		var all []netip.Prefix
		for text := range strings.SplitSeq(list, ",") {
			network, err := netip.ParsePrefix(strings.TrimSpace(text))
			if err != nil {
				return fmt.Errorf("it must be a list of networks such as 10.0.0.0/8, or anywhere: %w", err)
			}
			all = append(all, network)
		}
		*to = all
		return nil
	}
}
