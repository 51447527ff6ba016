package wire

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// What is read quickly is what the general decoder reads.
func checkQuiet(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, body []byte) (quick bool) {
	got, ok := decodeQuietPing(body)
	if !ok {
		return false
	}
	want := new(Ping)
	if err := unmarshalBody(body, want, new(changeReader)); err != nil {
		t.Fatalf("%s is read quickly, and is wrong: %v", body, err)
	}
	if diff := cmp.Diff(want, got, changeLists); diff != "" {
		t.Errorf("%s:\n%s", body, diff)
	}
	return true
}

func TestQuietPingsAreReadQuickly(t *testing.T) {
	quietest, err := new(Encoder).Encode(&Ping{Source: "10.0.0.1:3000", SourceIncarnation: 1, Checksum: 7, App: "app"})
	if err != nil {
		t.Fatal(err)
	}
	answer, err := new(Encoder).Encode(&Ping{Source: "[::1]:3000", SourceIncarnation: MaxIncarnation, Checksum: 1<<32 - 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		string(quietest), string(answer),
		`{"changes":null,"checksum":0,"source":"a:1","sourceIncarnationNumber":0,"app":"x"}`, // as Go writes no list
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":5,"source":"","sourceIncarnationNumber":9223372036854775807}`,
	} {
		if !checkQuiet(t, []byte(body)) {
			t.Errorf("it is not read quickly: %s", body)
		}
	}
	for _, body := range []string{
		goPing, "", "{", "null", `{"changes":[]}`,
		`{"changes":[],"checksum":05,"source":"a:1","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":,"source":"a:1","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":-5,"source":"a:1","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":4294967296,"source":"a:1","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5.0}`,
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":9223372036854775808}`,
		`{"changes":[],"checksum":5,"source":"a","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":5,"source":"a\u003a1","sourceIncarnationNumber":5}`,
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5,"app":"é"}`,
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5} `,
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5}}`,
		`{"changes":[],"checksum":5,"source":"a:1`,
		`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5,"app":"` + strings.Repeat("x", 2000) + `"}`,
	} {
		if p, ok := decodeQuietPing([]byte(body)); ok {
			t.Errorf("it is read as %+v: %s", p, body)
		}
	}
}

func TestQuietPingsAreReadAsByTheDecoder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := &Ping{
			Checksum:          rapid.Uint32().Draw(t, "checksum"),
			Source:            Address(fmt.Sprintf("10.0.0.%d:%d", rapid.IntRange(0, 255).Draw(t, "host"), rapid.IntRange(1, 65535).Draw(t, "port"))),
			SourceIncarnation: rapid.Int64Range(0, MaxIncarnation).Draw(t, "incarnation"),
			App:               rapid.StringMatching(`[ -~]{0,10}`).Draw(t, "app"),
		}
		body, err := new(Encoder).Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		if quick := checkQuiet(t, body); quick == strings.ContainsAny(p.App, `"\`) {
			t.Errorf("read quickly: %v: %s", quick, body)
		}
		// And with one byte of it altered.
		i := rapid.IntRange(0, len(body)-1).Draw(t, "place")
		body[i] = rapid.Byte().Draw(t, "byte")
		checkQuiet(t, body)
	})
}

func FuzzDecodeQuietPing(f *testing.F) {
	f.Add([]byte(goPing))
	f.Add([]byte(`{"changes":[],"checksum":5,"source":"a:1","sourceIncarnationNumber":5,"app":"x"}`))
	f.Fuzz(func(t *testing.T, body []byte) { checkQuiet(t, body) })
}

func BenchmarkDecodeQuietPing(b *testing.B) {
	body, err := new(Encoder).Encode(&Ping{Source: "10.1.2.3:3000", SourceIncarnation: 1700000000000, Checksum: 4294967295, App: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("quickly", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeRequest(EndpointPing, body); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("generally", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := unmarshalBody(body, new(Ping), new(changeReader)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
