// Package ringpopnode installs the published ringpop-node 10.21.0 for tests that run it
// as a peer:
//
//	node MAIN.JS --listen=127.0.0.1:3000 --hosts=hosts.json
//
// The package is taken from npm as it is. It is older than today's Node, and one
// of its dependencies is not published any more. The fixes are in package.json
// (versions) and in stand-ins (our replacements for some packages):
//
//   - metrics: gone from the registry; the parts that ringpop and tchannel use.
//   - farmhash: 3.3.1 in place of 1.x, which does not compile. Its fingerprint32
//     is the same. It has no hash32v1, which ringpop uses when an application
//     does not set isCrossPlatform; main.js sets it, so the checksums of its
//     nodes are those of flavour node.
//   - sse4_crc32: needs an x86 processor; CRC-32C in JavaScript instead.
//   - prebuild-install: would look for a compiled farmhash on the network.
//
// Nothing of ringpop-node itself is in this repository. From the repository's
// root, "go run ./integration/ringpopnode/install" installs it and prints the
// path of its main.js. What is needed: node, npm, make, a C++ compiler, and the
// npm registry the first time. After a change of package.json or of a stand-in's,
// "npm install --package-lock-only" in this directory brings the lock file up to
// date.
//
// The package imports nothing of this project.
package ringpopnode
