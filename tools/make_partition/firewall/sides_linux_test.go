package firewall

import (
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/await"
	"github.com/ringmend/ringmend/internal/netns/nstest"
	"github.com/ringmend/ringmend/tools/make_partition/format"
)

// TestSidesStaySides cuts 2|2 and 3|3 between real listeners. iptables has a line for
// each pair of the first, and chains for the other.
func TestSidesStaySides(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	// The user accepts everything over loopback, which must not come first.
	nstest.LoadUserRules(t)
	for _, family := range families {
		listenAll(t, family.nodes[:])
		n := family.nodes
		for _, way := range ways {
			for _, sides := range [][][]string{{n[:2], n[2:4]}, {n[:3], n[3:]}} {
				t.Run(fmt.Sprintf("%s %s %d|%d", family.name, way.name, len(sides[0]), len(sides[1])), func(t *testing.T) {
					across, inside := connect(t, n[0], sides[1][0]), connect(t, n[0], n[1])
					f := New(Options{Backend: way.backend})
					if err := f.Cut(t.Context(), way.format, plan(t, strings.Join(sides[0], ","), strings.Join(sides[1], ","))); err != nil {
						t.Fatal(err)
					}
					expect(t, "an open connection across", nstest.Use(across), nstest.Refused)
					expect(t, "an open connection inside", nstest.Use(inside), nstest.OK)
					checkSides(t, family.admin, sides)
					if _, err := f.MendAll(t.Context()); err != nil {
						t.Fatal(err)
					}
					checkSides(t, family.admin, [][]string{n[:]})
				})
			}
		}
	}
}

func TestThreePartsAndABridge(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	family := families[0]
	n := family.nodes
	listenAll(t, n[:])
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, plan(t, n[0], n[1], n[2])); err != nil {
				t.Fatal(err)
			}
			checkSides(t, family.admin, [][]string{{n[0]}, {n[1]}, {n[2]}})
			for _, other := range n[:3] {
				expect(t, "the fourth node to "+other, nstest.Try(host(n[3]), other), nstest.OK)
				expect(t, other+" to the fourth node", nstest.Try(host(other), n[3]), nstest.OK)
			}
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
			checkSides(t, family.admin, [][]string{n[:]})
		})
	}
}

// TestMoreSidesThanChains has enough parts for iptables to need lines of both kinds.
func TestMoreSidesThanChains(t *testing.T) {
	if !nstest.Enter(t, programs...) {
		return
	}
	sides := make([][]string, format.MaxSides/2+1)
	var parts, all []string
	for i := range sides {
		for j := range 3 {
			sides[i] = append(sides[i], fmt.Sprintf("127.0.%d.%d:3000", i+1, j+1))
		}
		all = append(all, sides[i]...)
		parts = append(parts, strings.Join(sides[i], ","))
	}
	listenAll(t, all)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			f := New(Options{Backend: way.backend})
			if err := f.Cut(t.Context(), way.format, plan(t, parts...)); err != nil {
				t.Fatal(err)
			}
			checkSides(t, families[0].admin, sides)
			if _, err := f.MendAll(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// listenAll makes an echo at each address. IPv6 addresses are added first.
func listenAll(t *testing.T, addresses []string) {
	t.Helper()
	for _, address := range addresses {
		if ip := host(address); strings.Contains(ip, ":") {
			nstest.Run(t, "ip", "-6", "addr", "add", ip+"/128", "dev", "lo", "nodad")
		}
		listener, err := nstest.Listen(address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
	}
	// The kernel takes a moment until a new address of IPv6 has its route.
	await.Until(t, await.Patience, func() string {
		for _, from := range addresses {
			for _, to := range addresses {
				if err := nstest.Try(host(from), to); err != nil {
					return fmt.Sprintf("before any cut: %v", err)
				}
			}
		}
		return ""
	})
}

func connect(t *testing.T, from, to string) net.Conn {
	t.Helper()
	conn, err := nstest.Connect(host(from), to)
	if err == nil {
		err = nstest.Use(conn)
	}
	if err != nil {
		t.Fatalf("before the cut: %v", err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// checkSides makes sure that new connections work inside each side and from an
// admin's address, and nowhere else.
func checkSides(t *testing.T, admin string, sides [][]string) {
	t.Helper()
	for i, from := range sides {
		for j, to := range sides {
			want := nstest.OK
			if i != j {
				want = nstest.Refused
			}
			for _, a := range from {
				for _, b := range to {
					expect(t, a+" to "+b, nstest.Try(host(a), b), want)
				}
			}
		}
		for _, a := range from {
			expect(t, "an admin to "+a, nstest.Try(admin, a), nstest.OK)
		}
	}
}

func expect(t *testing.T, what string, err error, want string) {
	t.Helper()
	if got := nstest.Outcome(err); got != want {
		t.Errorf("%s: %s (%v), want %s", what, got, err, want)
	}
}
