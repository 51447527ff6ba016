package integration

import (
	"os"
	"testing"

	"github.com/ringmend/ringmend/integration/cluster"
)

func TestMain(m *testing.M) { os.Exit(cluster.Main(m)) }
