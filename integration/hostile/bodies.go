package main

import (
	"fmt"
	"strings"
)

const (
	ping    = "/protocol/ping"
	pingReq = "/protocol/ping-req"
	join    = "/protocol/join"
	lookup  = "/admin/lookup"

	stranger = "127.0.0.1:9" // no node
	born     = 1_795_866_752_639
)

// bodyOf sends a body after a handshake. In it $friend and $target are addresses.
func bodyOf(endpoint, body string) func(*attack) {
	return func(a *attack) {
		shaken(newCall(endpoint, a.fill(body)).frames())(a)
	}
}

// fill puts the addresses into a body.
func (a *attack) fill(body string) string {
	return strings.NewReplacer("$friend", a.friend, "$target", a.target).Replace(body)
}

// pingWith is a ping of the friend with changes, a list.
func pingWith(changes string) string {
	return `{"changes":` + changes + `,"checksum":1,"source":"$friend","sourceIncarnationNumber":1,"app":"ringpop"}`
}

// change is a change of a stranger with fields in place of the right ones.
func change(fields ...string) string {
	right := []string{
		`"source":"$friend"`, `"sourceIncarnationNumber":1`, `"address":"` + stranger + `"`,
		fmt.Sprintf(`"incarnationNumber":%d`, int64(born)), `"status":"alive"`, `"timestamp":1`,
	}
	for _, f := range fields {
		name, _, _ := strings.Cut(f, ":")
		for i, r := range right {
			if strings.HasPrefix(r, name+":") {
				right[i] = f
				f = ""
			}
		}
		if f != "" {
			right = append(right, f)
		}
	}
	return "{" + strings.Join(right, ",") + "}"
}

// fabricated is n changes of members that do not exist.
func fabricated(from, n int) string {
	var b strings.Builder
	b.WriteByte('[')
	for i := from; i < from+n; i++ {
		if i > from {
			b.WriteByte(',')
		}
		b.WriteString(change(fmt.Sprintf(`"address":"127.99.%d.%d:3000"`, i/250, i%250+1)))
	}
	b.WriteByte(']')
	return b.String()
}

func bodyInputs() []input {
	var list []input
	add := func(name, endpoint, body string) {
		list = append(list, input{group: bodies, name: name, ringpop: bodyOf(endpoint, body)})
	}
	one := func(name string, fields ...string) { add(name, ping, pingWith("["+change(fields...)+"]")) }

	for _, e := range []struct{ name, endpoint string }{{"ping", ping}, {"join", join}, {"ping-req", pingReq}} {
		add("a "+e.name+" that is empty", e.endpoint, "")
		add("a "+e.name+" that is null", e.endpoint, "null")
		add("a "+e.name+" that is {}", e.endpoint, "{}")
		add("a "+e.name+" that is []", e.endpoint, "[]")
	}
	add("a ping that is cut off", ping, pingWith("[]")[:40])
	add("a body of 17 MB", ping, pingWith("[]")+strings.Repeat(" ", 17<<20))
	add("nested 100,000 deep", ping, pingWith(strings.Repeat("[", 100_000)))
	add("a key twice", ping, `{"source":"$friend",`+pingWith("[]")[1:])
	add("invalid UTF-8", ping, pingWith(`["`+"\xff\xfe"+`"]`))
	add("checksum 1e400", ping, strings.Replace(pingWith("[]"), `"checksum":1`, `"checksum":1e400`, 1))
	add("a negative incarnation of the source", ping, strings.Replace(pingWith("[]"), `"sourceIncarnationNumber":1`, `"sourceIncarnationNumber":-1`, 1))
	add("changes that are no objects", ping, pingWith(`[1,"x",[]]`))
	add("a million empty changes", ping, pingWith("["+strings.Repeat("{},", 999_999)+"{}]"))
	add("50,000 fabricated members at once", ping, pingWith(fabricated(0, 50_000)))
	one("a status that is none", `"status":"banana"`)
	one("the live member as banana at 2^63-1", `"address":"$friend"`, `"status":"banana"`, `"incarnationNumber":9223372036854775807`)
	one("a status in capitals", `"status":"ALIVE"`)
	one("no status", `"status":""`)
	one("incarnation 2^63-1", `"incarnationNumber":9223372036854775807`)
	one("an incarnation of the year 5138", `"incarnationNumber":99999999999999`)
	one("incarnation 0", `"incarnationNumber":0`)
	one("incarnation -1", `"incarnationNumber":-1`)
	one("incarnation 1.5", `"incarnationNumber":1.5`)
	one("no address", `"address":""`)
	one("an address that is none", `"address":"x"`)
	one("an address with a line break", `"address":"127.0.0.1:9\n127.0.0.1:8"`)
	one("an address with a semicolon", `"address":"127.0.0.1:9;x"`)
	one("an address of 1 MB", `"address":"`+strings.Repeat("1", 1<<20)+`:9"`)
	one("IPv6 without brackets", `"address":"::1:3000"`)
	one("33 labels", `"labels":{`+labels(33)+`}`)
	one("a label of 1 MB", `"labels":{"a":"`+strings.Repeat("x", 1<<20)+`"}`)
	one("a label that is a number", `"labels":{"a":1}`)
	add("a ping from itself", ping, strings.Replace(pingWith("[]"), "$friend", "$target", 1))
	add("a ping from nowhere", ping, strings.Replace(pingWith("[]"), "$friend", "", 1))
	add("a ping of another app", ping, strings.Replace(pingWith("[]"), `"ringpop"`, `"other"`, 1))
	add("a join of another app", join, `{"app":"other","source":"`+stranger+`","incarnationNumber":1,"timeout":1000000000}`)
	add("a join by itself", join, `{"app":"ringpop","source":"$target","incarnationNumber":1,"timeout":1000000000}`)
	add("a ping-req for a host that is no member", pingReq,
		`{"source":"$friend","sourceIncarnationNumber":1,"target":"127.0.0.1:22","checksum":1,"changes":[]}`)
	add("a lookup of nothing", lookup, "{}")
	add("a lookup of a number", lookup, `{"key":1}`)
	return list
}

func labels(n int) string {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`"l%d":"v"`, i))
	}
	return strings.Join(list, ",")
}
