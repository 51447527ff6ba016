#!/bin/sh
# stress.sh RUNS TESTS PACKAGE... runs the tests of each package RUNS times, those
# whose names match TESTS, with the race detector, while as many busy loops as there
# are processors keep the machine from being quick. It stops at the first run that
# fails, and prints what it said.
set -eu
if [ $# -lt 3 ] || ! [ "$1" -gt 0 ] 2>/dev/null; then
    echo "usage: stress.sh RUNS TESTS PACKAGE..." >&2
    exit 2
fi
runs=$1
tests=$2
shift 2
dir=$(mktemp -d)
loops=
trap 'kill $loops 2>/dev/null || true; rm -rf "$dir"' EXIT
trap 'exit 130' INT TERM HUP

# A loop also ends when this script is gone without its trap, as after a SIGKILL.
busy() {
    while kill -0 $$ 2>/dev/null; do
        n=0
        while [ $n -lt 100000 ]; do n=$((n + 1)); done
    done
}

packages=$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' "$@")
for loop in $(seq "$(getconf _NPROCESSORS_ONLN)"); do
    busy &
    loops="$loops $!"
done
for package in $packages; do
    go test -race -c -o "$dir/test" "$package"
    source=$(go list -f '{{.Dir}}' "$package")
    printf '%s ' "$package"
    for run in $(seq "$runs"); do
        if ! (cd "$source" && exec "$dir/test" -test.run "$tests" -test.timeout 20m -test.paniconexit0) >"$dir/output" 2>&1 </dev/null; then
            printf '\n'
            cat "$dir/output"
            echo "stress: run $run of $runs failed: $package"
            exit 1
        fi
        printf .
    done
    echo " $runs runs passed"
done
