// Package containers cuts real containers: podman runs the image of deploy/Dockerfile, and
// scripts that make_partition has written cut the containers off from each other by BusyBox'
// routes, and mend them. It has no code but tests. They need root, and the programs of
// tools/install-test-tools.sh; otherwise they are skipped.
//
// Each test has namespaces of its own for its network, mounts and processes, with podman's
// files in a temporary directory: the machine's podman does not see it, and nothing of it
// outlives the test. Images come from no registry: what the Dockerfile calls BusyBox
// is the system's.
package containers
