// Healstudy plays partitions of many shapes and sizes, by this project's rules and by
// Ringpop's. It shows how long they take to heal and what that costs, as a table, a chart
// and JSON. See healstudy --help.
//
// Begin with program.go; study.go is the data, table.go and chart.go show it.
package main
