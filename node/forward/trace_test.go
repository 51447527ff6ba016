package forward

import "testing"

// Programs without a tracer do not pay for one.
func TestNoTracerCostsNothing(t *testing.T) {
	f, err := New(Options{Self: "a", Owner: func(string) (string, error) { return "a", nil }})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	span := Span{Keys: []string{"k"}, Attempt: 1, To: "b"}
	if n := testing.AllocsPerRun(100, func() {
		with, end := f.start(f.Extract(ctx, nil), span)
		f.Inject(with, nil)
		end(nil)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
