package ring_test

import (
	"fmt"

	"github.com/ringmend/ringmend/node/ring"
)

func Example() {
	r, _ := ring.New(ring.DefaultReplicaPoints).Update([]ring.Change{
		{Server: "10.0.0.1:3000", Identity: "10.0.0.1:3000"},
		{Server: "10.0.0.2:3000", Identity: "10.0.0.2:3000"},
		{Server: "10.0.0.3:3000", Identity: "shard-7"},
	})
	fmt.Println(r.LookupN("some key", 2))

	r, changed := r.Update([]ring.Change{{Server: "10.0.0.2:3000", Remove: true}})
	fmt.Println(changed, r.Servers())
	// Output:
	// [10.0.0.3:3000 10.0.0.2:3000]
	// true [10.0.0.1:3000 10.0.0.3:3000]
}
