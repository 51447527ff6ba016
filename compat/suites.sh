#!/bin/sh
# Runs the tests of Temporal and Cadence about membership on ringmend in place of ringpop-go:
# their modules as published, with replace lines only. RUNS is how often (default 1), RACE=1 turns
# the race detector on, and STOCK=1 leaves ringpop-go in place, to compare. All runs are made, and
# what failed is printed at the end.
#
#   compat/suites.sh [temporal|cadence]...
set -eu

here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-1}
race=${RACE:+-race}
stock=${STOCK:-}
on=ringmend
[ -z "$stock" ] || on=ringpop-go
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOFLAGS=-mod=mod GOWORK=off
failed=0

# suite NAME REQUIREMENT MODULE DIR ARGUMENTS: runs go test with the arguments in a module that
# requires another one, with MODULE replaced by DIR.
suite() {
	name=$1 requirement=$2 module=$3 dir=$4
	shift 4
	mkdir "$work/$name"
	cd "$work/$name"
	{
		echo "module suite"
		echo "go 1.26.0"
		echo "require $requirement"
		[ -n "$stock" ] || echo "replace $module => $here/$dir"
		[ -n "$stock" ] || echo "replace github.com/ringmend/ringmend => $here/.."
		# The version that Cadence itself replaces it by.
		[ "$name" = temporal ] || echo "replace github.com/apache/thrift => github.com/apache/thrift v0.0.0-20161221203622-b2a4d4ae21c7"
	} > go.mod
	echo "package suite" > suite.go
	echo "$name on $on: fetching and building (minutes the first time)"
	go get "${requirement% *}@${requirement#* }" 2> get.log || { cat get.log; echo "$name: the module proxy cannot be reached, or has no such version"; exit 1; }
	good=0
	for run in $(seq "$runs"); do
		if go test -count=1 $race "$@" > test.log 2>&1; then
			good=$((good + 1))
			echo "$name: run $run of $runs passes: $(grep -c '^ok' test.log) packages"
		else
			echo "$name: run $run of $runs FAILS:"
			grep -v '"level"' test.log | grep -E -- '--- FAIL|^FAIL|Error|DATA RACE|\.go:[0-9]+:|panic' | head -40
		fi
	done
	[ -n "$stock" ] || grep -q "$here/$dir" go.mod # not ringpop-go's own
	echo "$name: $good of $runs runs pass"
	[ "$good" = "$runs" ] || failed=1
}

[ $# -gt 0 ] || set -- temporal cadence
for which; do
	case $which in
	temporal) suite temporal "go.temporal.io/server v1.32.1" github.com/temporalio/ringpop-go temporal \
		-tags test_dep go.temporal.io/server/common/membership/... ;;
	cadence) suite cadence "github.com/uber/cadence v1.4.0" github.com/uber/ringpop-go uber \
		github.com/uber/cadence/common/peerprovider/... github.com/uber/cadence/common/membership/... ;;
	*) echo "no suite $which, there are temporal and cadence"; exit 2 ;;
	esac
done
exit $failed
