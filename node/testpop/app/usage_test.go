package app_test

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/ringmend/ringmend/internal/ports"
	"github.com/ringmend/ringmend/node/testpop/app"
)

func TestErrorsAreOneLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	free := ports.Addresses(t, 1)[0]
	hosts := writeHosts(t, []string{free})
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"no hosts file":       {[]string{"-listen=" + free, "-hosts=/nowhere/hosts.json"}, 1, "/nowhere/hosts.json"},
		"hosts is no list":    {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, `{"a":1}`)}, 1, "JSON array"},
		"hosts is null":       {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, `null`)}, 1, "JSON array"},
		"hosts is empty":      {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, ``)}, 1, "JSON array"},
		"hosts has a bad one": {[]string{"-listen=" + free, "-hosts=" + writeHosts(t, []string{free, "localhost"})}, 1, `entry 2`},
		"bad listen address":  {[]string{"-listen=localhost", "-hosts=" + hosts}, 1, "bad listen address"},
		"unknown source":      {[]string{"-hosts=consul://10.0.0.1:8500"}, 2, "file, static, dns, srv and exec are known"},
		"advertises anywhere": {[]string{"-listen=0.0.0.0:3000", "-advertise=0.0.0.0:3000", "-hosts=" + hosts}, 1, "bad address to advertise"},
		"listens anywhere":    {[]string{"-listen=0.0.0.0:3000", "-hosts=" + hosts}, 1, "bad listen address"},
		"port in use":         {[]string{"-listen=" + taken.Addr().String(), "-hosts=" + hosts}, 1, "address already in use"},
		"unknown flag":        {[]string{"-lisen=" + free}, 2, "-lisen"},
		"unexpected argument": {[]string{"start"}, 2, `"start"`},
		"bad period":          {[]string{"-suspect-period=5s"}, 2, "number of milliseconds"},
		"no period":           {[]string{"-faulty-period=0"}, 2, "positive"},
		"two sorts of stats":  {[]string{"-stats-file=x", "-stats-udp=127.0.0.1:1"}, 2, "exclude"},
		"bad stats file":      {[]string{"-listen=" + free, "-hosts=" + hosts, "-stats-file=/nowhere/x"}, 1, "/nowhere/x"},
		"bad stats address":   {[]string{"-listen=" + free, "-hosts=" + hosts, "-stats-udp=nonsense"}, 1, "nonsense"},
		"bound to a name":     {[]string{"-listen=localhost:3999", "-hosts=" + hosts, "-bind-dial"}, 1, "IP address"},
		"bad network":         {[]string{"-admin-from=127.0.0.1"}, 2, "list of networks"},
		"bad networks":        {[]string{"-accept-from=10.0.0.0/8,"}, 2, "list of networks"},
		"TLS without key":     {[]string{"-tls-cert=a.pem"}, 2, "TLS needs -tls-cert, -tls-key and -tls-ca"},
		"TLS of nothing":      {[]string{"-tls-mode=accept"}, 2, "TLS needs -tls-cert, -tls-key and -tls-ca"},
		"bad mode of TLS":     {[]string{"-tls-mode=on"}, 2, "off, accept or require"},
		"no certificate":      {[]string{"-listen=" + free, "-hosts=" + hosts, "-tls-cert=/nowhere/a", "-tls-key=/nowhere/b", "-tls-ca=/nowhere/c"}, 1, "/nowhere/a"},
		"identity as node":    {[]string{"--identity=alpha", "--checksum=node"}, 2, "ringpop-node passes changes on without the identity"},
		"bad level":           {[]string{"--log-level=loud"}, 2, "debug, info, warn or error"},
		"bad format":          {[]string{"--log-format=xml"}, 2, "text or json"},
		"profiles of nothing": {[]string{"--http-pprof"}, 2, "-http-pprof needs -http"},
		"bad HTTP address":    {[]string{"--http=nonsense"}, 2, "it must be host:port"},
		"bad strategy":        {[]string{"--resolver=keep-all"}, 2, "static-quorum keep-majority"},
		"strategy off":        {[]string{"--resolver-quorum=3"}, 2, "need -resolver"},
		"no quorum":           {[]string{"--resolver=static-quorum"}, 2, "QuorumSize is 0"},
		"no referee":          {[]string{"--resolver=keep-referee"}, 2, "Referee is empty"},
		"bad referee":         {[]string{"--resolver=keep-referee", "--resolver-referee=me"}, 2, "Referee"},
		"bad policy":          {[]string{"--resolver=down-all", "--resolver-policy=panic"}, 2, "fence exit observe"},
		"bad duration":        {[]string{"--resolver=down-all", "--resolver-stable-after=20"}, 2, "missing unit"},
		"settles too soon":    {[]string{"--resolver=down-all", "--resolver-settle=5s"}, 2, "at least 20s"},
		"hands over too soon": {[]string{"--resolver=down-all", "--resolver-handover=5s"}, 2, "at least 52s"},
		"no lease":            {[]string{"--resolver=lease-majority"}, 2, "needs -resolver-lease"},
		"lease of no use":     {[]string{"--resolver=down-all", "--resolver-lease=file:x"}, 2, "is for -resolver=lease-majority"},
		"unknown store":       {[]string{"-listen=" + free, "-hosts=" + hosts, "--resolver=lease-majority", "--resolver-lease=zookeeper:x"}, 1, "file:PATH, kubernetes:[NAMESPACE/]NAME"},
		"not in a cluster":    {[]string{"-listen=" + free, "-hosts=" + hosts, "--resolver=lease-majority", "--resolver-lease=kubernetes:ring"}, 1, "not in a pod"},
		"bad label":           {[]string{"--label=east"}, 2, "KEY=VALUE"},
		"labels as node":      {[]string{"-listen=" + free, "-hosts=" + hosts, "--label=dc=east", "--checksum=node"}, 1, "no labels"},
		"bad flavour":         {[]string{"--checksum=ruby"}, 2, "go or node"},
	} {
		p := startProcess(t, test.args...)
		code, output := p.exitCode(t), p.stderr.String()
		if code != test.code || !strings.Contains(output, test.want) || strings.Count(output, "\n") != 1 || !strings.HasPrefix(output, "testpop: ") {
			t.Errorf("%s: exit code %d, want %d, and %q in one line:\n%s", name, code, test.code, test.want, output)
		}
	}
}

func TestHelpAndVersion(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := app.Main(t.Context(), []string{"--help"}, &stdout, &stderr); code != 0 || !strings.Contains(stdout.String(), "-tombstone-period MS") || stderr.Len() > 0 {
		t.Errorf("help: exit code %d, %s%s", code, stdout.String(), stderr.String())
	}
	stdout.Reset()
	if code := app.Main(t.Context(), []string{"--version"}, &stdout, &stderr); code != 0 || !strings.HasPrefix(stdout.String(), "testpop ") {
		t.Errorf("version: exit code %d, %s", code, stdout.String())
	}
}
