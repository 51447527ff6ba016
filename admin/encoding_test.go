package admin

import (
	"errors"
	"testing"

	"github.com/ringmend/ringmend/internal/utf8file"
)

// An editor may have saved the hosts file in its own way.
func TestEncodingsOfAHostsFile(t *testing.T) {
	hosts, err := parseHosts([]byte("\xEF\xBB\xBF[\"127.0.0.1:3000\"]"))
	if err != nil || len(hosts) != 1 || hosts[0] != "127.0.0.1:3000" {
		t.Errorf("with a byte order mark: %v, %v", hosts, err)
	}
	if hosts, err := parseHosts([]byte("\xFF\xFE[\x00]\x00")); !errors.Is(err, utf8file.ErrUTF16) {
		t.Errorf("UTF-16: %v, %v", hosts, err)
	}
}
