// Release makes the files of a release, without a network:
//
//	go run ./tools/release --out dist
//
// For each platform it makes an archive with the programs, their man pages and
// completions, the license and the documentation; for Linux a Debian package, too; and for
// all of them SHA256SUMS and a list of what is in the programs (SBOM, CycloneDX 1.5). The
// version is that of the sources, or of the tag that they are checked out at. Equal
// sources and an equal Go make equal files.
package main
