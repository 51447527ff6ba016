package nstest

import (
	"errors"
	"os"
	"regexp"
	"strings"
	"testing"
)

const userRules = `*mangle
:PREROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:RINGMEND - [0:0]
-A INPUT -p tcp -m tcp --dport 81 -j RINGMEND
-A RINGMEND -j MARK --set-xmark 0x1/0xffffffff
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
:OUTPUT ACCEPT [0:0]
:LOGDROP - [0:0]
:RINGMENDER - [0:0]
:USER-IN - [0:0]
-A INPUT -i lo -j ACCEPT
-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p tcp -m tcp --dport 22 -m comment --comment "a comment with -j RINGMEND" -j USER-IN
-A INPUT -j RINGMENDER
-A FORWARD -j LOGDROP
-A LOGDROP -m limit --limit 5/min -j RETURN
-A LOGDROP -j DROP
-A RINGMENDER -p tcp -m comment --comment ringmend -j RETURN
-A USER-IN -p tcp -m multiport --dports 80,443 -j ACCEPT
COMMIT
`

const userTable = `table inet mine {
	chain in {
		type filter hook input priority 0; policy accept;
		tcp dport 22 counter accept comment "ringmend"
	}
}
`

// iptables are the programs for iptables that a machine may have.
var iptables = []string{"iptables-legacy", "ip6tables-legacy", "iptables-nft", "ip6tables-nft"}

// LoadUserRules fills every firewall of the namespace with rules that look like
// those of a cut in places, but belong to the user.
func LoadUserRules(t *testing.T) {
	t.Helper()
	for _, program := range iptables {
		Feed(t, userRules, program+"-restore")
	}
	Feed(t, userTable, "nft", "-f", "-")
}

// varying matches the parts that change on their own: times and packet counts.
var varying = regexp.MustCompile(`(?m)^# .*\n|\[\d+:\d+\]|packets \d+ bytes \d+`)

// Firewalls returns everything that the firewalls hold, as their own programs
// print it, without the parts that change on their own.
func Firewalls(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	show := func(program string, args ...string) {
		b.WriteString("== " + program + " " + strings.Join(args, " ") + "\n")
		b.WriteString(varying.ReplaceAllString(Run(t, program, args...), ""))
	}
	show("nft", "list", "ruleset")
	_, err := os.ReadFile("/proc/net/ip_tables_names")
	for _, program := range iptables {
		if errors.Is(err, os.ErrPermission) && strings.HasSuffix(program, "-legacy") {
			// In a user namespace iptables-legacy-save does not work.
			show(program, "-S")
			show(program, "-S", "-t", "mangle")
			continue
		}
		show(program + "-save")
	}
	return b.String()
}
