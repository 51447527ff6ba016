package plan

import (
	"testing"
	"time"
)

func TestTheBudgetEnds(t *testing.T) {
	h := NewHealer(rng(9), nil)
	now := time.Unix(1_000_000, 0)
	spent := 0
	for h.spend(now, 1) {
		spent++
	}
	if spent != budgetFloor || !h.Short() {
		t.Errorf("%d calls, short: %t", spent, h.Short())
	}
	if !h.spend(now.Add(time.Minute), 1) || h.Short() {
		t.Error("no calls a minute later")
	}
}
