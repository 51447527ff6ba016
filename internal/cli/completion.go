package cli

import (
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
)

// Completes reports whether a command line asks for completion: "completion bash"
// prints a script for the shell, which calls the program back for what could come
// next.
func Completes(args []string) bool {
	if len(args) == 0 {
		return false
	}
	asks := []string{cobra.ShellCompRequestCmd, cobra.ShellCompNoDescRequestCmd}
	return slices.Contains(asks, args[0]) || args[0] == "completion" && len(args) > 1
}

// Complete does what such a command line asks for.
func (p Program) Complete(args []string, stdout, stderr io.Writer) error {
	root := &cobra.Command{
		Use:           p.Name,
		Run:           func(*cobra.Command, []string) {},
		SilenceErrors: true,
		SilenceUsage:  true,
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			if p.Args == nil {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return p.Args, cobra.ShellCompDirectiveDefault
		},
	}
	root.Flags().AddFlagSet(p.Flags)
	CompleteValues(root, p.Values)
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	AddCompletion(root, args...)
	return root.Execute()
}

// AddCompletion adds the command completion to a root command, whose output must
// be set. Cobra does so itself when that is executed, but its one says nothing about
// a shell that it does not know. A root without other commands gets this one only
// for arguments that name it.
func AddCompletion(root *cobra.Command, args ...string) {
	root.InitDefaultCompletionCmd(args...)
	for _, cmd := range root.Commands() {
		if cmd.Name() != "completion" {
			continue
		}
		cmd.Example = fmt.Sprintf("  source <(%s completion bash)", root.Name())
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return Usage(fmt.Errorf("unknown shell %q: there are bash, zsh, fish and powershell", args[0]))
		}
	}
}

// CompleteValues completes flags of a command that can have certain values only, by
// their names. It panics when there is no such flag, or one was given before.
func CompleteValues(cmd *cobra.Command, values map[string][]string) {
	for flag, list := range values {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(list, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err)
		}
	}
}
