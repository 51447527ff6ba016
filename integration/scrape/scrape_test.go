package scrape

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMetrics(t *testing.T) {
	page := "# HELP looks how often\n# TYPE looks counter\nlooks{result=\"not ok\"} 3\nmemory_bytes 1.5e+06\n"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, page) }))
	defer server.Close()
	address := strings.TrimPrefix(server.URL, "http://")
	got, err := Metrics(t.Context(), address)
	if want := map[string]float64{`looks{result="not ok"}`: 3, "memory_bytes": 1.5e6}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, page = range []string{"looks\n", "looks many\n"} {
		if got, err := Metrics(t.Context(), address); err == nil {
			t.Errorf("%q is read as %v", page, got)
		}
	}
}
