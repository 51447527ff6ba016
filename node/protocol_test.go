package node

import (
	"errors"
	"math"
	"reflect"
	"testing"
	"time"

	"github.com/ringmend/ringmend/node/core"
)

// Every tunable reaches the core, and one that is zero leaves the default alone.
func TestProtocolReachesTheCore(t *testing.T) {
	defaults := core.DefaultConfig("app", "10.0.0.1:3000")
	untouched := defaults
	new(Protocol).apply(&untouched)
	if !reflect.DeepEqual(untouched, defaults) {
		t.Errorf("no tunables: %+v, want the defaults %+v", untouched, defaults)
	}
	var p Protocol
	eachTunable(reflect.ValueOf(&p).Elem(), "", func(name string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Int, reflect.Int64:
			v.SetInt(7)
		case reflect.Float64:
			v.SetFloat(0.7)
		case reflect.String:
			v.SetString(string(DetectionRingpop))
		default:
			t.Fatalf("%s is a %v", name, v.Kind())
		}
		got := defaults
		p.apply(&got)
		if reflect.DeepEqual(got, defaults) {
			t.Errorf("%s changes nothing", name)
		}
		v.SetZero()
	})
}

// eachTunable calls do with each field of a struct, and of the structs in it.
func eachTunable(of reflect.Value, path string, do func(name string, v reflect.Value)) {
	for i := range of.NumField() {
		name := path + of.Type().Field(i).Name
		if field := of.Field(i); field.Kind() == reflect.Struct {
			eachTunable(field, name+".", do)
		} else {
			do(name, field)
		}
	}
}

// A suspect period that is set is a fixed one, unless adaptive detection is asked for.
func TestDetection(t *testing.T) {
	for _, c := range []struct {
		name     string
		of       Protocol
		adaptive bool
	}{
		{"default", Protocol{}, true},
		{"a suspect period", Protocol{SuspectPeriod: time.Second}, false},
		{"both", Protocol{SuspectPeriod: 10 * time.Second, Detection: DetectionAdaptive}, true},
		{"ringpop's", Protocol{Detection: DetectionRingpop}, false},
		{"ringpop's rules", Protocol{Ringpop: true}, false},
		{"ringpop's rules, adaptive", Protocol{Ringpop: true, Detection: DetectionAdaptive}, true},
	} {
		settings := core.DefaultConfig("app", "10.0.0.1:3000")
		c.of.apply(&settings)
		if got := settings.Swim.Detection.Adaptive; got != c.adaptive || c.of.checkDetection() != nil {
			t.Errorf("%s: adaptive is %v", c.name, got)
		}
	}
	nonsense := Protocol{Detection: "soon"}
	if err := nonsense.checkDetection(); !errors.Is(err, ErrConfig) {
		t.Errorf("nonsense: %v", err)
	}
}

// Nonsense is refused by name and not taken for the default.
func TestProtocolIsChecked(t *testing.T) {
	for name, p := range map[string]Protocol{
		"ProtocolPeriod": {Period: -time.Second},
		"JoinSize":       {JoinSize: -1},
		"MaxMembers":     {MaxMembers: 1 << 20},
		"EvictPingRatio": {EvictPingRatio: math.NaN()},
		"FollowUps":      {Healing: Healing{FollowUps: -1}},
	} {
		c := core.DefaultConfig("app", "10.0.0.1:3000")
		p.apply(&c)
		if err := c.Validate(); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
