package lease_test

import (
	"errors"
	"reflect"
	"testing"

	"github.com/ringmend/ringmend/node/lease"
	"github.com/ringmend/ringmend/node/lease/leasetest"
)

func TestRecordsAreKept(t *testing.T) {
	want := leasetest.Record(7, 3)
	body, err := lease.Encode(want)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := lease.Decode(body); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%s: %+v, %v", body, got, err)
	}
}

func FuzzDecode(f *testing.F) {
	body, _ := lease.Encode(leasetest.Record(1, 2))
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		record, err := lease.Decode(body)
		if err != nil {
			if !errors.Is(err, lease.ErrInvalid) {
				t.Errorf("not an ErrInvalid: %v", err)
			}
			return
		}
		again, err := lease.Encode(record)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := lease.Decode(again); err != nil || !reflect.DeepEqual(got, record) {
			t.Errorf("%+v becomes %+v, %v", record, got, err)
		}
	})
}
