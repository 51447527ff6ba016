package main

const longHelp = `Make_partition splits a cluster of Ringpop nodes into parts that cannot talk to
each other, by rules for the firewall, and mends it again. It reads a list of
sockets (from lsof -Pnni or ss -tnapH), finds the nodes in it, and writes rules.

A part is a list with commas between, of
  3000                port, on every address where a node listens
  3000-3009           ports; those where no node listens are skipped
  127.0.0.11:3000     a node; [::1]:3000 for IPv6
  *                   the rest: who else runs the same program (or is in --hosts)
Lines of the list that are not understood and are about none of these are left out,
with a note.

The rules are in a chain RINGMEND of their own (nft: a table, pf: an anchor) with
one jump to it, each with a comment. Large cuts have RINGMEND-1 to RINGMEND-8 below
it: their rules grow with the number of nodes, not with that of pairs (between more
than four parts use nft). RINGMEND-ABOUT (nft: a chain about) does nothing and says
in comments who is cut from whom since when; --status begins with that. --heal writes
the exact inverse. Load them with --noflush: without it iptables-restore deletes all
your rules. Or let --apply do it, with nft where it is installed and else with
iptables-restore.

How nodes are told apart:
  by address  The best way, taken when each node has an address that it also dials
              from (tick-cluster --loopback). Connections inside a part are never
              touched, nor are those of admin tools, which must dial from another
              address than the nodes.
  by port     For nodes that share an address. The connections that cross the cut
              are refused one by one: two rules each. More than 2600 in all slow a
              machine down; there is a warning then. nft has one for all of them,
              and --apply uses it for that. Of new ones no rule can tell whose they
              are, because the port that a node will dial from is unknown, so --new
              says:
                refuse  all, those inside a part and of admin tools too: parts hold
                        together as long as their connections do (the default)
                allow   all: the cut lasts until a node redials
                ask     with --apply, and its default where iptables is: this
                        program keeps running, looks up whose each new connection
                        is, and refuses those that cross. Nothing else is touched.
                        For up to 100 nodes; more of them are refused by default.
                        (Should it be killed, new connections to the nodes wait
                        until the cut is mended.)
  by user     For nodes that run as different users, on this machine.

A one-way cut cannot be made: calls go over connections in both directions.
Rules hold for the network namespace that they are loaded in, and for nodes of
other machines only what passes through this one.
Routes (--format route) cut whole hosts.

Mending leaves the firewall as it was, but for one thing: where there was no table
"filter" at all, iptables on top of nftables makes one for the rules, and nothing
tells afterwards whose it is. Its chain INPUT stays, empty, and accepts
everything; "iptables -X INPUT" removes it, and refuses when it is in use. --apply
does not have this where nft is installed, unless with --new ask.

Exit codes: 0, 1 when something is not as it should be, 2 for wrong usage. When it
is not 0 there are no rules.`

const examples = `  lsof -Pnni | make_partition 3000,3001 3002,3003 | iptables-restore --noflush
  make_partition --heal | iptables-restore --noflush

  make_partition --scan --apply --for 30s 3000,3001 3002,3003
  make_partition --heal --apply
  make_partition --status

  make_partition --scan 3000 '*'                   one node from all others
  make_partition --scan --isolate 3002             the same, by its name
  make_partition --scan 3000 3002 --bridge 3001    3001 still talks to both
  make_partition --scan --pair 3000-3001           one link
  ss -tnapH | make_partition --format nft 3000-3009 3010-3019 3020-3029
  make_partition --static 10.0.0.1:3000,10.0.0.2:3000 10.0.0.3:3000
  make_partition --static --format route --via docker web1,web2 web3 | sh
  lsof -Pnni | make_partition --compat --platform darwin 3000 3001`
