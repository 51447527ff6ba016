package main

import (
	"context"
	"os"

	"github.com/ringmend/ringmend/internal/proc"
	testpop "github.com/ringmend/ringmend/node/testpop/app"
	"github.com/ringmend/ringmend/tick-cluster/internal/cutter"
)

// roleVariable is set in the environment of the processes for which tick-cluster
// starts itself.
const roleVariable = "TICK_CLUSTER_ROLE"

// What a process of this program is there for. Without a role it is the tool.
const (
	roleGuard = "guard" // see proc.Guard
	roleNode  = "node"  // the built-in node, with the arguments of testpop
	roleNetns = "netns" // the tool, in the namespace that it has made for itself
)

func main() {
	role := os.Getenv(roleVariable)
	// What a node may start is none of ours.
	os.Unsetenv(roleVariable)
	switch role {
	case roleGuard:
		proc.RunGuard(cutter.MendAll)
	case roleNode:
		testpop.BeSmall()
		// The time stands in front of each line already.
		args := append([]string{"-log-time=false"}, os.Args[1:]...)
		os.Exit(testpop.Main(context.Background(), args, os.Stdout, os.Stderr))
	default:
		os.Exit(run(os.Args[1:], os.Stdout, os.Stderr, role == roleNetns))
	}
}

func roleEnv(role string) string { return roleVariable + "=" + role }
