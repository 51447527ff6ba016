#!/bin/sh
# Starts a cluster of four nodes, waits until they agree, shows what
# ringpop-admin sees, and says how to break it. On a terminal the cluster then
# stays, with the keys of tick-cluster; elsewhere it ends.
set -eu
bin=$(cd "$1" && pwd)
port=${PORT:-3000}
dir=$(mktemp -d)
# Not the address of a node: that may be the one that is killed.
uri=file://$dir/hosts.json
watcher=
trap 'kill $watcher $cluster 2>/dev/null || true; wait; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
cluster=

partitions() { "$bin/ringpop-admin" partitions "$@" "$uri" 2>&1; }

# The cluster is whole when one row of the table shows four nodes that hold four
# members alive.
whole() { [ "$(partitions -q | awk '{ print $2, $3 }')" = "4 4" ]; }

present() {
    tries=0
    until whole; do
        tries=$((tries + 1))
        if [ $tries -gt 60 ]; then
            echo "demo: the four nodes do not agree after 30 s"
            return 1
        fi
        sleep 0.5
    done
    cat <<EOF

\$ $1/ringpop-admin partitions $uri
$(partitions)

One row: all four nodes agree. To break it, press
    k 1 Enter      to kill a node; the others hold it faulty after some seconds
$(printf '    k %-12s to' "$((port + 1)) Enter") kill that one
    K              to restart all nodes that are down
    t              to see the checksums, s to see who holds whom for what
    h              for all keys, q to quit
and watch it from another terminal, whichever node is down:
    $1/ringpop-admin partitions -w 1 $uri

EOF
}

if [ -t 0 ] && [ -t 1 ]; then
    # The terminal will be raw, where a line ends with a carriage return, too.
    present "$1" | sed "s/\$/$(printf '\r')/" &
    watcher=$!
    cd "$dir"
    "$bin/tick-cluster" -n 4 --port "$port"
else
    (cd "$dir" && exec "$bin/tick-cluster" -n 4 --port "$port") >"$dir/log" 2>&1 &
    cluster=$!
    present "$1" || { cat "$dir/log"; exit 1; }
    echo "(This is no terminal, so the demo ends here. Run it in one for the keys.)"
fi
