package adminlive_test

import (
	"os"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
	"github.com/ringmend/ringmend/integration/ringpopnode"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }

const (
	adminProgram     cluster.Program = "github.com/ringmend/ringmend/admin/ringpop-admin"
	partitionProgram cluster.Program = "github.com/ringmend/ringmend/tools/make_partition"
)

// suspectPeriod makes nodes hold the dead faulty sooner than their 5 s do.
const suspectPeriod = "--suspect-period=1500"

// kinds are what clusters are made of.
var kinds = []struct {
	name    string
	program func(*testing.T) cluster.Program // skips where it cannot be had
}{
	{"ringmend", func(t *testing.T) cluster.Program {
		return cluster.Command(t, "ringmend", cluster.Build(t, cluster.Ringmend), suspectPeriod)
	}},
	{"ringpop-go", func(t *testing.T) cluster.Program {
		return cluster.Command(t, "ringpop-go", cluster.Build(t, cluster.RingpopGo), suspectPeriod)
	}},
	{"ringpop-node", func(t *testing.T) cluster.Program {
		return cluster.Command(t, "ringpop-node", "node", ringpopnode.Install(t), suspectPeriod)
	}},
}
