// Detectstudy shows how soon members that are gone are known to all, and how often members
// that are well are accused because others are stopped: by this project's rules, by those
// with Ringpop's fixed times, by Ringpop's, and by those of memberlist as package
// sim/memberlist models them. It prints tables and a chart. See detectstudy --help.
//
// Begin with situation.go, which is what happens; study.go plays it, show.go shows it.
package main
