package main

// mutant is a check that is taken away.
type mutant struct {
	name string
	// what says what the check is for.
	what string
	file string // under guard/plan
	// from stands in the file, once, and to takes its place.
	from, to string
	// breaks is the invariant that notices.
	breaks string
}

var mutants = []mutant{
	{
		name: "merges-at-once", what: "no merge while a member must reincarnate first",
		file: "side.go", breaks: "guard-harmless",
		from: "func compare(ours, theirs *beliefs) heal.Plan {",
		to:   "func compare(ours, theirs *beliefs) heal.Plan {\n\tif true {\n\t\treturn heal.Plan{}\n\t}",
	},
	{
		name: "believes-the-network", what: "a node must have reached one of the other side",
		file: "attempt.go", breaks: "guard-asks-first",
		from: "case !answer.Reached:",
		to:   "case false:",
	},
	{
		name: "minds-no-app", what: "sides of two apps stay apart",
		file: "attempt.go", breaks: "guard-one-app",
		from: "if answer.App != app {",
		to:   "if false && answer.App != app {",
	},
	{
		name: "greets-strangers", what: "sides that do not know each other stay apart",
		file: "pair.go", breaks: "guard-no-strangers",
		from: "return Strangers\n}",
		to:   "return Parted\n}",
	},
	{
		name: "tells-of-deaths", what: "the guard tells of live members only",
		file: "pair.go", breaks: "guard-truthful",
		from: "range changesOf(side.alive) {",
		to:   "range append(changesOf(side.alive), changesOf(side.strongest)...) {",
	},
	{
		name: "vouches", what: "a rescue names only those that answered, as they answered",
		file: "rescue.go", breaks: "guard-truthful",
		from: "if answers[i].Err != nil {\n\t\t\tcontinue\n\t\t}",
		to:   "alive = append(alive, wire.Change{Address: call.Node, Incarnation: call.Changes[0].Incarnation + 1_000_000, Status: wire.Alive})",
	},
	{
		name: "looks-once", what: "who is told has been looked at just now",
		file: "attempt.go", breaks: "guard-fresh",
		from: "if !fresh.CanMerge() {",
		to:   "if a.stage == checking && !fresh.CanMerge() {",
	},
	{
		name: "spends-all", what: "calls that change something are limited",
		file: "pace.go", breaks: "guard-bounded",
		from: "h.short = len(h.spent)+n > budgetFloor+budgetPerMember*h.members",
		to:   "h.short = false",
	},
	{
		name: "accuses-at-once", what: "a suspect is given its suspect periods",
		file: "accuse.go", breaks: "guard-truthful",
		from: "if now.Sub(s.since) < stuckAfter ||",
		to:   "if",
	},
}

// tests matches the names of the tests that notice.
func (m *mutant) tests() string {
	if m.breaks == "guard-harmless" {
		return "^TestGuardsHarmNoMember$"
	}
	return "^TestGuards|^TestAGuard|^TestConnections|^TestKept"
}
