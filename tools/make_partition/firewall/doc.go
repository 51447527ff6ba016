// Package firewall makes a cut in this machine's firewall, finds what cuts there
// are, and mends them. It runs the firewall's own programs (nft, iptables-restore
// and iptables-save, pfctl) with text from package format.
//
//	f := firewall.New(firewall.Options{})
//	err := f.Cut(ctx, format.NFT, plan)
//	cuts, err := f.Status(ctx)
//	err = f.Mend(ctx, cuts)
//
// Mending goes by what is found, not by what was asked for: it takes away the cuts
// of any earlier run, in any format, and nothing else.
//
// It imports packages format and rules, and the standard library.
package firewall
