package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/internal/cli"
	"github.com/ringmend/ringmend/lab/report"
	"github.com/ringmend/ringmend/lab/result"
)

// exactly is cobra.ExactArgs with a usage error that says what is expected.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != n {
			return usagef("%s is expected, got %d words", what, len(args))
		}
		return nil
	}
}

// againCommand repeats a run.
func (p *program) againCommand() *cobra.Command {
	o := newOptions()
	cmd := &cobra.Command{
		Use: "again DIR", Short: "Make a run again, with the settings that its results name",
		Args: exactly(1, "a directory of results"),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := os.Open(filepath.Join(args[0], result.ConfigFile))
			if err != nil {
				return err
			}
			defer f.Close()
			c, err := result.ReadConfig(f)
			if err != nil {
				return fmt.Errorf("%s: %w", f.Name(), err)
			}
			// What was found or built is looked for again; what was named stays.
			for name, program := range c.Programs {
				if !program.Given {
					delete(c.Programs, name)
				}
			}
			if err := validate(c); err != nil {
				return err
			}
			o.config = *c
			return p.run(cmd.Context(), o)
		},
	}
	o.outputFlags(cmd.Flags())
	return cmd
}

// reportCommand draws a report again.
func (p *program) reportCommand() *cobra.Command {
	return &cobra.Command{
		Use: "report DIR", Short: "Draw the report of a run again, from its results",
		Args: exactly(1, "a directory of results"),
		RunE: func(_ *cobra.Command, args []string) error {
			r, err := result.LoadAll(args[0])
			if err != nil {
				return err
			}
			path := filepath.Join(r.Dir, result.ReportFile)
			if err := report.Write(path, r); err != nil {
				return err
			}
			_, err = fmt.Fprintln(p.stdout, path)
			return err
		},
	}
}

// exportCommand writes operations in another program's format.
func (p *program) exportCommand() *cobra.Command {
	reckon := false
	cmd := &cobra.Command{
		Use: "export --reckon DIR", Short: "Write the operations of a run as reckon does, for its scripts",
		Args: exactly(1, "a directory of results"),
		RunE: func(_ *cobra.Command, args []string) error {
			if !reckon {
				return cli.Usage(errors.New("--reckon is the only format, and must be named"))
			}
			signal.Ignore(syscall.SIGPIPE)
			r, err := result.LoadAll(args[0])
			if err != nil {
				return err
			}
			return writeReckon(p.stdout, r)
		},
	}
	cmd.Flags().BoolVar(&reckon, "reckon", false, "an array of objects with times in seconds since 1970")
	return cmd
}

// reckonOp is an operation as reckon's clients write it.
type reckonOp struct {
	Submitted float64 `json:"t_submitted"`
	Result    float64 `json:"t_result"`
	Result2   string  `json:"result"`
	Kind      string  `json:"op_kind"`
	Client    string  `json:"clientid"`
	Other     any     `json:"other"`
}

func writeReckon(w io.Writer, r *result.Run) error {
	began := float64(r.Config.Began.Unix())
	list := []reckonOp{}
	for i := range r.Ops {
		op := &r.Ops[i]
		entry := reckonOp{
			Submitted: began + float64(op.Intended), Result: began + float64(op.Ended), Result2: "Success",
			Kind: op.Op, Client: fmt.Sprint(op.Client), Other: map[string]any{"target": op.Node, "key": op.Key},
		}
		if op.Outcome != result.OK {
			entry.Result2 = "Failure: " + op.Error
		}
		list = append(list, entry)
	}
	return json.NewEncoder(w).Encode(list)
}
