package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/node/wire"
)

func newCall(p *program) *cobra.Command {
	return &cobra.Command{
		Use:   "call [options] NODE ENDPOINT [BODY]",
		Short: "Call an endpoint of a node and print the answer",
		Long: "Call sends BODY to an endpoint of one node and prints what it answers, as it is.\n" +
			"BODY is JSON, null if it is left out; - reads it from standard input.\n\n" +
			"Endpoints of ringmend's nodes: /admin/stats, /admin/heal/stats, /admin/lookup,\n" +
			"/admin/debugSet, /admin/debugClear, /admin/gossip/tick, and those that the other\n" +
			"commands use. Orders are taken from the networks of the node's --admin-from only.",
		Example: "  ringpop-admin call 127.0.0.1:3000 /admin/debugSet\n" +
			"  ringpop-admin call 127.0.0.1:3000 /admin/lookup '{\"key\":\"user-42\"}'",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) < 2 || len(args) > 3 {
				return usagef("a node, an endpoint and perhaps a body are expected, not %d arguments", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			node, err := parseNode(args[0])
			if err != nil {
				return err
			}
			body := []byte("null")
			if len(args) == 3 {
				if body, err = bodyOf(args[2], cmd.InOrStdin()); err != nil {
					return err
				}
			}
			return p.call(cmd.Context(), node, args[1], body)
		},
	}
}

// bodyOf returns the body that an argument stands for.
func bodyOf(arg string, stdin io.Reader) ([]byte, error) {
	if arg != "-" {
		return []byte(arg), nil
	}
	body, err := io.ReadAll(io.LimitReader(stdin, wire.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	if len(body) > wire.MaxBody {
		return nil, usagef("a body of more than %d bytes", wire.MaxBody)
	}
	return body, nil
}

func (p *program) call(ctx context.Context, node wire.Address, endpoint string, body []byte) error {
	if !strings.HasPrefix(endpoint, "/") {
		return usagef("an endpoint begins with /, as /admin/stats does, not %q", endpoint)
	}
	client, err := p.client()
	if err != nil {
		return err
	}
	answer, err := client.Raw(ctx, node, endpoint, body)
	if err != nil {
		return p.oneError(node, err)
	}
	if _, err := p.stdout.Write(append(bytes.TrimRight(answer, "\n"), '\n')); err != nil {
		return fmt.Errorf("writing: %w", err)
	}
	return nil
}
