#!/bin/sh
# Runs the tests of Temporal and Cadence about membership on ringmend in place of ringpop-go:
# their modules as published, with replace lines only. RUNS is how often (default 1).
#
#   compat/suites.sh [temporal|cadence]...
set -eu

here=$(cd "$(dirname "$0")" && pwd)
runs=${RUNS:-1}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GOFLAGS=-mod=mod GOWORK=off

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
		echo "replace $module => $here/$dir"
		echo "replace github.com/ringmend/ringmend => $here/.."
		# The version that Cadence itself replaces it by.
		[ "$name" = temporal ] || echo "replace github.com/apache/thrift => github.com/apache/thrift v0.0.0-20161221203622-b2a4d4ae21c7"
	} > go.mod
	echo "package suite" > suite.go
	echo "$name: fetching and building (minutes the first time)"
	go get "${requirement% *}@${requirement#* }" 2> get.log || { cat get.log; echo "$name: the module proxy cannot be reached, or has no such version"; exit 1; }
	for run in $(seq "$runs"); do
		echo "$name: run $run of $runs"
		go test -count=1 "$@" 2> test.log || { cat test.log; exit 1; }
	done
	grep -q "$here/$dir" go.mod # not ringpop-go's own
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
