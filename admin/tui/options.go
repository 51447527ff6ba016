package tui

import (
	"context"
	"time"

	"github.com/gdamore/tcell/v2"

	"github.com/ringmend/ringmend/admin"
	"github.com/ringmend/ringmend/node/wire"
)

// MinEvery is the shortest time between two looks.
const MinEvery = 100 * time.Millisecond

// Options say what a screen shows. Look and Every must be given.
type Options struct {
	// Title names the cluster.
	Title string
	// Look asks the cluster once. It must return soon after ctx ends, and may say
	// meanwhile how many of the nodes known so far it has asked.
	Look func(ctx context.Context, report func(asked, known int)) (*admin.Cluster, error)
	// Every is the time from the end of one look to the beginning of the next,
	// at least [MinEvery].
	Every time.Duration
	// Brief asks nodes what they tell of themselves, after a look, beside all else.
	// Default: they are not asked.
	Brief func(ctx context.Context, nodes []wire.Address) []admin.Briefing
	// Resolve returns what the resolvers of a cluster think, for the command resolve.
	// Default: there is no such command.
	Resolve func(ctx context.Context, cluster *admin.Cluster) (string, error)
	// Orders can be given to members. Default: none.
	Orders []Order
	// Rows is how many members are shown at a time, by [Top] only. Default: as
	// many as fit.
	Rows int
	// Dump writes a cluster to a file for the key d, and returns its name.
	// Default: the key does nothing.
	Dump func(cluster *admin.Cluster, at time.Time) (file string, err error)
	// Colour says whether colours are used.
	Colour bool
}

// Top shows every member as each partition sees it, until q is pressed or ctx
// ends. It initialises the screen and gives the terminal back. The error is that
// of the first look, or of the terminal: once there is something to show, it
// stays on the screen, whatever happens.
func Top(ctx context.Context, screen tcell.Screen, o Options) error {
	return run(ctx, screen, o, func(s *session) page { return s.top })
}

// Watch shows the partitions of a cluster and how they came and went. It begins
// and ends as [Top] does.
func Watch(ctx context.Context, screen tcell.Screen, o Options) error {
	return run(ctx, screen, o, func(s *session) page { return s.watch })
}
