package swim

import (
	"strings"
	"testing"
)

func TestSettling(t *testing.T) {
	for _, tt := range []struct {
		name string
		met  string // = agrees, + has news, - has another membership and no news
		want string // after each: s still settling, f and fetches, . settled
	}{
		{"all agree", "===", "ss."},
		{"one that disagrees begins the count anew", "==+===", "sssss."},
		{"news", "++++", "ssss"},
		{"stuck", "--", "sf"},
		{"news in between", "-+--", "sssf"},
		{"stuck again and again", "-----", "sfsfs"},
		{"agreement in between", "-=--", "sssf"},
	} {
		var s settling
		s.begin()
		var got strings.Builder
		for _, met := range tt.met {
			fetch := s.met(met == '=', met == '+')
			switch {
			case fetch:
				got.WriteByte('f')
			case s.left > 0:
				got.WriteByte('s')
			default:
				got.WriteByte('.')
			}
		}
		if got.String() != tt.want {
			t.Errorf("%s: %s gives %s, want %s", tt.name, tt.met, got.String(), tt.want)
		}
	}
	var s settling
	s.begin()
	periods := 0
	for s.next() {
		periods++
	}
	if periods != maxSettling-1 || s.next() {
		t.Errorf("%d short periods", periods)
	}
}

// A node that has just joined gives its pings the time of Ringpop's: where many start at once
// answers take long, and it does not know how long.
func TestOneThatSettlesIsPatient(t *testing.T) {
	n, _, _ := newNode(t, nil)
	n.settle()
	if got := n.pingTimeout(); got != n.cfg.PingTimeout {
		t.Errorf("a ping may take %v, want %v", got, n.cfg.PingTimeout)
	}
	n.settling = settling{}
	if got := n.pingTimeout(); got != n.cfg.Detection.PingTimeout {
		t.Errorf("a ping may take %v once it has settled, want %v", got, n.cfg.Detection.PingTimeout)
	}
}
