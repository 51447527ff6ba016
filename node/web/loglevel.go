package web

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

func levelName(level slog.Leveler) string { return strings.ToLower(level.Level().String()) }

// setLevel changes the level of the log to the one in the body: debug, info, warn or
// error.
func (cfg *Config) setLevel(w http.ResponseWriter, r *http.Request) {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !slices.ContainsFunc(cfg.AdminFrom, func(p netip.Prefix) bool { return p.Contains(from.Addr().Unmap()) }) {
		text(w, http.StatusForbidden, fmt.Sprintf("not allowed from %s\n", r.RemoteAddr))
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64))
	if err != nil {
		text(w, http.StatusBadRequest, err.Error()+"\n")
		return
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(strings.TrimSpace(string(body)))); err != nil {
		text(w, http.StatusBadRequest, "the level is debug, info, warn or error\n")
		return
	}
	cfg.LogLevel.Set(level)
	text(w, http.StatusOK, levelName(cfg.LogLevel)+"\n")
}
