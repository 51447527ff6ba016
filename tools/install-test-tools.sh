#!/bin/sh
# Installs the programs that the tests of make_partition, of the screens, of the metrics,
# of the lab, of the lease and of the containers run: iptables, nftables, iproute2, lsof,
# net-tools, util-linux, tmux, Chromium, Prometheus, etcd, podman, BusyBox and nginx, from the
# system's packages. It does that only as root, where there is apt, and when something is
# missing. Otherwise it says so and leaves: the tests that need a missing program skip
# themselves.
set -eu
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/podman

missing=
need() { # need PACKAGE PROGRAM...
    package=$1
    shift
    for program in "$@"; do
        if ! command -v "$program" >/dev/null; then
            missing="$missing $package"
            return
        fi
    done
}
need iptables iptables-legacy-restore iptables-nft-restore
need nftables nft
need iproute2 ip ss
need lsof lsof
need net-tools route
need util-linux unshare nsenter setpriv
need tmux tmux
need chromium chromium
need etcd-server etcd
need prometheus prometheus promtool
need podman podman
need crun crun
need netavark netavark
need busybox-static busybox
need nginx-light nginx

if [ -z "$missing" ]; then
    exit 0
fi
if [ "$(uname)" != Linux ]; then
    echo "install-test-tools: not Linux, tests that need$missing are skipped"
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "install-test-tools: not root or no apt, tests that need$missing are skipped"
    exit 0
fi
echo "install-test-tools: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export DEBIAN_FRONTEND=noninteractive
export RUNLEVEL=1 # no service is started
apt-get -qq update >"$log" 2>&1 || true # what is missing may be known all the same
# One by one: not every system has all of them.
for package in $missing; do
    if ! apt-get -qq install -y --no-install-recommends "$package" >"$log" 2>&1; then
        echo "install-test-tools: apt-get failed, tests that need $package are skipped:"
        tail -5 "$log"
    fi
done
