package main

import (
	"strings"

	"github.com/ringmend/ringmend/tick-cluster/internal/command"
)

func usage() string {
	return `Start a local Ringpop cluster and torment it.

Usage:
  tick-cluster [options] [PROGRAM]
  tick-cluster report [--verbose] FILE             show a session that --record wrote

Starts nodes as PROGRAM --listen=ADDRESS:PORT --hosts=./hosts.json on PORT, PORT+1
and so on, and writes hosts.json into the current directory. PROGRAM is a path, or
a name that is looked up; without it, nodes of a built-in program are started. What
the nodes print is shown with their port in front. No node is left behind in the
end, whether it comes by q, Ctrl-C, a signal or a crash, and no cut.

Options:
` + optionHelp() + `
Keys, in a terminal:
  ` + strings.Join(command.KeyHelp(), "\n  ") + `

Commands, one a line on a standard input that is no terminal; # begins a comment:
  ` + strings.Join(command.ScriptHelp(), "\n  ") + `
Each begins when the one before is done. The end of the input quits; an input that
is empty from the start (/dev/null) does not. A command that fails ends it all with
exit code 1, as does a wait in vain.

N is how many nodes, chosen at random. NODES are names, as in a part of a cut, with
commas or spaces between: 3001, 3001,3003 or 3000-3002 or 127.0.0.1:3001. A number
alone is a count up to the size of the cluster, and above it a name. Where it could be
both (12, with --loopback -n 20) nothing is done: write random 12, or 127.0.0.12 for
the node. More nodes than there are, names of none, and of nodes that are in no state
for it (killing the dead, reviving the living) are errors that change nothing. *
stands for as many as there are.

A part of a cut is a list of nodes with commas between, as for make_partition:
3000,3001 or 3000-3009 or 127.0.0.1:3000, and * for all that are not named. With
--loopback nodes are called by the end of their address: 11,12 (and 3000,3001 still
means the first and the second). Rules are made as root or with --netns only.
Without --loopback nodes share an address; then new connections are asked about
one by one, which needs iptables, is for up to 100 nodes, and from some 70 on needs
nft, too.

Examples:
  tick-cluster -n 4
  tick-cluster -n 10 --port 4000 ./testpop
  tick-cluster -i node ./main.js
  tick-cluster --interface ::1
  tick-cluster --netns --loopback                  no root needed; then press c
  tick-cluster --netns --loopback=ipv6 --record session.json
  tick-cluster report session.json                 what happened in it
  tick-cluster -n 100 --verbose                    or -n 4 --quiet
  printf '%s\n' 'wait converged' 'cut 11,12 *' 'wait partitions 2' mend 'wait converged 10s' |
      tick-cluster -n 4 --netns --loopback
  printf '%s\n' 'kill 1' 'wait converged 20s' tick | tick-cluster --keep-going
  printf '%s\n' 'kill 3001,3002' 'wait converged 20s' 'revive 3001' | tick-cluster
  printf '%s\n' 'kill 2' 'wait converged 20s' | tick-cluster --seed 7      always the same two
`
}

// optionHelp is one or more lines for each option.
func optionHelp() string {
	const columns = 100
	// What may be left out stands in brackets, not what is taken then.
	return strings.Replace(flagSet().FlagUsagesWrapped(columns), `--loopback ipv6[="ipv4"]`, "--loopback[=ipv6]       ", 1)
}
