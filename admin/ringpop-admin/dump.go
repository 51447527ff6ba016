package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
)

var errNoFile = usagef("file is required")

func newDump(p *program) *cobra.Command {
	var file string
	cmd := &cobra.Command{
		Use:   "dump -f FILE [options] DISCOVERY_URI...",
		Short: "Write all that the nodes say to a file",
		Long: "Dump writes one JSON object: for the address of each node what it said about\n" +
			"itself and its membership. FILE is overwritten; - stands for standard output.\n" + discoveryHelp,
		Example: "  ringpop-admin dump -f before-the-deploy.json 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			if file == "" {
				return errNoFile
			}
			cluster, err := p.lookWithProgress(ctx, where)
			if err != nil {
				return err
			}
			data, err := json.Marshal(render.NewDumpJSON(cluster))
			if err != nil {
				return fmt.Errorf("encoding the dump: %w", err)
			}
			data = append(data, '\n')
			if file == "-" {
				_, err = p.stdout.Write(data)
			} else {
				err = os.WriteFile(file, data, 0o644)
			}
			if err != nil {
				return fmt.Errorf("writing the dump: %w", err)
			}
			p.report(render.Failures(cluster))
			return nil
		}),
	}
	cmd.Flags().StringVarP(&file, "file", "f", "", "the file to write to")
	return cmd
}

// record appends what was seen of a cluster to a file, as one line.
func record(file string, cluster *admin.Cluster, at time.Time) error {
	line, err := json.Marshal(render.NewRecordJSON(cluster, at))
	if err != nil {
		return fmt.Errorf("encoding the record: %w", err)
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	_, err = f.Write(append(line, '\n'))
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing the record: %w", err)
	}
	return nil
}
