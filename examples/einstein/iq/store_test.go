package iq

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ringmend/ringmend/lease/etcd/etcdtest"
)

// checkStore checks what all stores have in common.
func checkStore(t *testing.T, s Store) {
	t.Helper()
	fresh := make([]Entry, 20)
	got := make([]Entry, len(fresh))
	var wg sync.WaitGroup
	for i := range fresh {
		fresh[i] = draw()
		wg.Go(func() {
			var err error
			if got[i], err = s.Assign(context.Background(), "Albert", fresh[i]); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, e := range got {
		if e != got[0] || e.Assignment == "" {
			t.Fatalf("assigned more than once: %+v", got)
		}
	}
	if e, err := s.Assign(t.Context(), "Mileva", fresh[1]); err != nil || e != fresh[1] {
		t.Errorf("another name: %+v, %v", e, err)
	}
}

func open(t *testing.T, what string) Store {
	t.Helper()
	s, err := Open(what)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestMemory(t *testing.T) {
	s := open(t, "mem")
	checkStore(t, s)
	s.Forget(func(name string) bool { return name == "Albert" })
	first, err := s.Assign(t.Context(), "Albert", draw())
	if err != nil {
		t.Fatal(err)
	}
	s.Forget(func(string) bool { return false })
	if again, err := s.Assign(t.Context(), "Albert", draw()); err != nil || again == first {
		t.Errorf("after it was forgotten: %+v, %v", again, err)
	}
}

func TestBoltRemembersAfterARestart(t *testing.T) {
	what := "bolt:" + filepath.Join(t.TempDir(), "iq.db")
	s := open(t, what)
	checkStore(t, s)
	before, err := s.Assign(t.Context(), "Albert", draw())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, what)
	defer s.Close()
	if after, err := s.Assign(t.Context(), "Albert", draw()); err != nil || after != before {
		t.Errorf("after the restart: %+v, %v, want %+v", after, err, before)
	}
}

func TestEtcdIsShared(t *testing.T) {
	what := "etcd:" + etcdtest.Start(t)
	a, b := open(t, what), open(t, what)
	defer a.Close()
	defer b.Close()
	checkStore(t, a)
	one, err := a.Assign(t.Context(), "Albert", draw())
	if err != nil {
		t.Fatal(err)
	}
	if other, err := b.Assign(t.Context(), "Albert", draw()); err != nil || other != one {
		t.Errorf("another node finds %+v, %v, want %+v", other, err, one)
	}
	if _, err := Lease(a); err != nil || !Shared(a) || Shared(new(Memory)) {
		t.Errorf("lease: %v, shared: %v, %v", err, Shared(a), Shared(new(Memory)))
	}
}

func TestNonsenseIsRefused(t *testing.T) {
	for _, what := range []string{"", "memory", "bolt:", "etcd:", "redis:x"} {
		if _, err := Open(what); !errors.Is(err, ErrStore) {
			t.Errorf("store %q: %v", what, err)
		}
	}
	for _, name := range []string{"", "off", "None", "majority"} {
		if _, err := ParseDowning(name); !errors.Is(err, ErrDowning) {
			t.Errorf("downing %q: %v", name, err)
		}
	}
	for _, name := range []string{"", "a\nb", "\xff", string(make([]byte, MaxNameLength+1))} {
		if checkName(name) == nil {
			t.Errorf("name %q is taken", name)
		}
	}
	if err := checkName("Marić, Mileva"); err != nil {
		t.Error(err)
	}
}
