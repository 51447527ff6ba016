package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/admin/render"
	"github.com/ringmend/ringmend/internal/version"
	"github.com/ringmend/ringmend/node/wire"
)

// debugOptions say what goes into a bundle.
type debugOptions struct {
	file string
	http []string
	logs []string
}

func newDebug(p *program) *cobra.Command {
	var o debugOptions
	cmd := &cobra.Command{
		Use:   "debug -f FILE.tar.gz [options] DISCOVERY_URI...",
		Short: "Put all that nodes say of themselves into a file, for a report",
		Long: "Debug writes an archive with, for each node of the cluster, its stats with its\n" +
			"membership, and its figures of healing; the pages /statusz, /readyz and /metrics\n" +
			"of the nodes named with --http; the end of each file named with --log; and what\n" +
			"could not be had, in errors.txt. Addresses and labels are in it: look before you\n" +
			"send it on.\n" + discoveryHelp,
		Example: "  ringpop-admin debug -f bundle.tar.gz --log node.log 127.0.0.1:3000",
		RunE: at(func(ctx context.Context, where admin.Discoveries) error {
			if o.file == "" {
				return errNoFile
			}
			return p.debug(ctx, where, o)
		}),
	}
	cmd.Flags().StringVarP(&o.file, "file", "f", "", "the archive to write, a .tar.gz; it must not exist")
	cmd.Flags().StringArrayVar(&o.http, "http", nil, "`HOST:PORT` where a node answers HTTP; may be repeated")
	cmd.Flags().StringArrayVar(&o.logs, "log", nil, "`FILE` with a log, of which the last MB is taken; may be repeated")
	return cmd
}

func (p *program) debug(ctx context.Context, where admin.Discoveries, o debugOptions) error {
	file, err := os.OpenFile(o.file, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("writing the bundle: %w", err)
	}
	b := newBundle(file, time.Now())
	err = p.fill(ctx, b, where, o)
	if err = errors.Join(err, b.close(), file.Close()); err != nil {
		return errors.Join(fmt.Errorf("writing the bundle: %w", err), os.Remove(o.file))
	}
	if len(b.missing) > 0 {
		p.report(fmt.Sprintf("%d things could not be had, see errors.txt in the bundle.\n", len(b.missing)))
	}
	return nil
}

// fill fills a bundle. Missing parts are recorded in it; the only errors are an archive that
// cannot be written and a cluster of which no node answers.
func (p *program) fill(ctx context.Context, b *bundle, where admin.Discoveries, o debugOptions) error {
	b.add("version.txt", []byte(version.Full("ringpop-admin")))
	cluster, err := p.lookWithProgress(ctx, where)
	if err != nil {
		return err
	}
	client, err := p.client()
	if err != nil {
		return err
	}
	for _, node := range cluster.Nodes {
		if node.Err != nil {
			b.miss(string(node.Address), errors.New(render.Reason(node)))
			continue
		}
		dir := "nodes/" + fileName(string(node.Address)) + "/"
		for name, endpoint := range map[string]string{"stats.json": wire.EndpointStats, "heal-stats.json": wire.EndpointHealStats} {
			answer, err := client.Raw(ctx, node.Address, endpoint, []byte("null"))
			b.addOr(dir+name, answer, err)
		}
	}
	for _, address := range o.http {
		for _, page := range []string{"statusz", "readyz", "metrics"} {
			body, err := fetchPage(ctx, p.timeout, address, page)
			b.addOr("http/"+fileName(address)+"/"+page+".txt", body, err)
		}
	}
	for i, path := range o.logs {
		end, err := endOf(path)
		b.addOr(fmt.Sprintf("logs/%d-%s", i+1, fileName(filepath.Base(path))), end, err)
	}
	return ctx.Err()
}

// fileName makes a name that each system takes out of an address.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, s)
}

// maxPart is how much of a page or a log is taken, in bytes.
const maxPart = 1 << 20

// fetchPage returns a page of a node, also one that says that the node is not ready.
func fetchPage(ctx context.Context, timeout time.Duration, address, page string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/"+page, nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	return io.ReadAll(io.LimitReader(response.Body, maxPart))
}

// endOf returns the end of a file.
func endOf(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.Size() > maxPart {
		if _, err := file.Seek(-maxPart, io.SeekEnd); err != nil {
			return nil, err
		}
	}
	return io.ReadAll(io.LimitReader(file, maxPart))
}
