// Temporal's fork of ringpop-go on ringmend: docs/migrate.md has the replace lines.
module github.com/temporalio/ringpop-go

go 1.26.0

require (
	github.com/apache/thrift v0.16.0
	github.com/benbjohnson/clock v1.3.5
	github.com/ringmend/ringmend v0.1.0
	github.com/temporalio/tchannel-go v1.22.1
	github.com/uber-common/bark v1.3.0
)

require (
	github.com/cactus/go-statsd-client/statsd v0.0.0-20191106001114-12b4e2b38748 // indirect
	github.com/dgryski/go-farm v0.0.0-20240924180020-3414d57e47da // indirect
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	github.com/konsorten/go-windows-terminal-sequences v1.0.2 // indirect
	github.com/opentracing/opentracing-go v1.1.0 // indirect
	github.com/sirupsen/logrus v1.4.2 // indirect
	github.com/stretchr/objx v0.3.0 // indirect
	go.uber.org/atomic v1.7.0 // indirect
	go.uber.org/multierr v1.7.0 // indirect
	golang.org/x/net v0.59.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
)

replace github.com/ringmend/ringmend => ../..
