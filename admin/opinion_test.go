package admin

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringmend/ringmend/node/wire"
)

func TestOpinionsAreThoseOfTheNodesThatAnswer(t *testing.T) {
	cluster := found(t, map[string]fakeNode{
		"a:1": sees(1, "a:1", "alive", "b:1", "alive", "x:1", "faulty"),
		"b:1": sees(2, "b:1", "alive"),
	})
	got := cluster.Opinions("x:1")
	want := []Opinion{
		{Node: "a:1", Member: &wire.Member{Address: "x:1", Status: wire.Faulty, Incarnation: 1}},
		{Node: "b:1"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDifferences(t *testing.T) {
	member := func(address wire.Address, status wire.Status, incarnation int64, label string) wire.Member {
		m := wire.Member{Address: address, Status: status, Incarnation: incarnation}
		if label != "" {
			m.Labels = map[string]string{"l": label}
		}
		return m
	}
	a := []wire.Member{
		member("a:1", wire.Alive, 1, ""), member("b:1", wire.Alive, 1, ""), member("c:1", wire.Alive, 1, "x"), member("d:1", wire.Alive, 1, ""),
	}
	b := []wire.Member{
		member("b:1", wire.Faulty, 1, ""), member("c:1", wire.Alive, 1, "y"), member("d:1", wire.Alive, 1, ""), member("e:1", wire.Alive, 2, ""),
	}
	want := []Difference{{"a:1", &a[0], nil}, {"b:1", &a[1], &b[0]}, {"c:1", &a[2], &b[1]}, {"e:1", nil, &b[3]}}
	if diff := cmp.Diff(want, Differences(a, b)); diff != "" {
		t.Error(diff)
	}
	if got := Differences(a, a); got != nil {
		t.Errorf("a list differs from itself: %v", got)
	}
	if got := Differences(nil, b); len(got) != len(b) {
		t.Errorf("%v", got)
	}
}

func TestCrawlReportsHowFarItIs(t *testing.T) {
	fake := &fakeCluster{nodes: map[string]fakeNode{"10.0.0.1:1": sees(1, "10.0.0.1:1", "alive", "b:1", "alive", "c:1", "faulty")}}
	var got [][2]int
	crawler := newTestCrawler(t, fake.client(), CrawlOptions{Concurrency: 1})
	_, err := crawler.Crawl(t.Context(), []wire.Address{"10.0.0.1:1"}, func(asked, known int) {
		got = append(got, [2]int{asked, known})
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([][2]int{{1, 3}, {2, 3}, {3, 3}}, got); diff != "" {
		t.Error(diff)
	}
}
