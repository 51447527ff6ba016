package discovery

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ringmend/ringmend/node/wire"
)

// ErrSource is wrapped by errors about sources that cannot be read.
var ErrSource = errors.New("bad source of hosts")

// Parse returns the provider that a text names:
//
//	hosts.json, file://hosts.json               a file: [JSONFile]
//	static://10.0.0.1:3000,db-2.internal:3000   a fixed list: [Static]
//	dns://ringmend.default.svc:3000             all addresses, A and AAAA, of a name, as of
//	                                            a headless service of Kubernetes
//	srv://_ringpop._tcp.example.org             the hosts and ports of SRV records: [SRV]
//	exec:///usr/bin/list-hosts --zone a         what a program prints: [Exec]
//
// SRV records and programs are asked again after [DefaultRefresh] at the earliest; see
// [Refresh]. Nothing is opened, looked up or run yet. The error wraps [ErrSource].
func Parse(source string) (Provider, error) {
	scheme, rest, found := strings.Cut(source, "://")
	if !found {
		scheme, rest = "file", source
	}
	if rest == "" {
		return nil, fmt.Errorf("%w %q: it names nothing", ErrSource, source)
	}
	switch scheme {
	case "file":
		return JSONFile(rest), nil
	case "static":
		return parseStatic(source, rest)
	case "dns":
		if strings.Contains(rest, ",") {
			return nil, fmt.Errorf("%w %q: a name and a port; static:// takes several", ErrSource, source)
		}
		return parseStatic(source, rest)
	case "srv":
		if strings.ContainsAny(rest, ":/, ") {
			return nil, fmt.Errorf("%w %q: the name of SRV records has no port", ErrSource, source)
		}
		return &Refresh{Provider: SRV{Name: rest}}, nil
	case "exec":
		command := strings.Fields(rest)
		if len(command) == 0 {
			return nil, fmt.Errorf("%w %q: it names no program", ErrSource, source)
		}
		return &Refresh{Provider: Exec(command)}, nil
	}
	return nil, fmt.Errorf("%w %q: file, static, dns, srv and exec are known", ErrSource, source)
}

func parseStatic(source, list string) (Provider, error) {
	var hosts Static
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimSpace(entry)
		if _, err := wire.ParseAddress(entry); err != nil {
			return nil, fmt.Errorf("%w %q: %w", ErrSource, source, err)
		}
		hosts = append(hosts, entry)
	}
	return hosts, nil
}
