package web

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"net/netip"

	"github.com/ringmend/ringmend/node"
)

// Config says what is shown.
type Config struct {
	Node *node.Node // required
	// Metrics answers /metrics. Default: there is no such page.
	Metrics http.Handler
	// Ready are reasons of the application's own not to get requests. Each returns nil
	// when it has none, and must return soon.
	Ready []func() error
	// LogLevel is what /loglevel shows and changes. Default: there is no such page.
	LogLevel *slog.LevelVar
	// AdminFrom are the networks from which the level may be changed. Default: the
	// loopback interface.
	AdminFrom []netip.Prefix
	// Profiling adds the pages of net/http/pprof. They show the command line and the
	// stacks, and a profile takes processor time.
	Profiling bool
}

// Loopback are the networks of the loopback interface.
func Loopback() []netip.Prefix {
	return []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}
}

// NewHandler returns a handler of the pages that are listed in the package comment.
func NewHandler(cfg Config) http.Handler {
	if cfg.AdminFrom == nil {
		cfg.AdminFrom = Loopback()
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { cfg.index(w) })
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { cfg.live(w) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) { cfg.ready(w) })
	mux.HandleFunc("GET /statusz", func(w http.ResponseWriter, _ *http.Request) { cfg.status(w) })
	if cfg.Metrics != nil {
		mux.Handle("GET /metrics", cfg.Metrics)
	}
	if cfg.LogLevel != nil {
		mux.HandleFunc("GET /loglevel", func(w http.ResponseWriter, _ *http.Request) { text(w, http.StatusOK, levelName(cfg.LogLevel)+"\n") })
		mux.HandleFunc("PUT /loglevel", cfg.setLevel)
	}
	if cfg.Profiling {
		mux.HandleFunc("GET /debug/pprof/", pprof.Index)
		mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
		mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
		mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
		mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	}
	return mux
}

func text(w http.ResponseWriter, code int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	fmt.Fprint(w, body)
}

func (cfg *Config) index(w http.ResponseWriter) {
	pages := "/livez\n/readyz\n/statusz\n"
	if cfg.Metrics != nil {
		pages += "/metrics\n"
	}
	if cfg.LogLevel != nil {
		pages += "/loglevel\n"
	}
	if cfg.Profiling {
		pages += "/debug/pprof/\n"
	}
	text(w, http.StatusOK, pages)
}
