package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// makeDeb writes a Debian package: an archive of ar(5) with the version of the format, an
// archive that describes the package, and one with its files.
func makeDeb(to, version, processor, root string, files []file, at time.Time) error {
	work, err := os.MkdirTemp("", "ringmend-deb")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	var installed []file
	var size int64
	for _, f := range files {
		installed = append(installed, file{f.path, "usr/" + f.name, f.mode})
		info, err := os.Stat(f.path)
		if err != nil {
			return err
		}
		size += info.Size()
	}
	installed = append(installed,
		file{filepath.Join(root, "deploy/node/ringmend-testpop.service"), "lib/systemd/system/ringmend-testpop.service", 0o644},
		file{filepath.Join(root, "deploy/node/testpop.conf"), "usr/share/doc/ringmend/testpop.conf", 0o644})

	control := filepath.Join(work, "control")
	if err := os.WriteFile(control, []byte(debControl(version, processor, size)), 0o644); err != nil {
		return err
	}
	var controls, data bytes.Buffer
	if err := writeTar(&controls, "./", []file{{control, "control", 0o644}}, at); err != nil {
		return err
	}
	if err := writeTar(&data, "./", installed, at); err != nil {
		return err
	}
	var deb bytes.Buffer
	deb.WriteString("!<arch>\n")
	for _, part := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", controls.Bytes()}, {"data.tar.gz", data.Bytes()}} {
		fmt.Fprintf(&deb, "%-16s%-12d%-6d%-6d%-8s%-10d`\n", part.name, at.Unix(), 0, 0, "100644", len(part.data))
		deb.Write(part.data)
		if len(part.data)%2 == 1 {
			deb.WriteByte('\n')
		}
	}
	return os.WriteFile(to, deb.Bytes(), 0o644)
}

func debControl(version, processor string, size int64) string {
	return strings.Join([]string{
		"Package: ringmend",
		"Version: " + version,
		"Architecture: " + processor,
		"Maintainer: the maintainers of ringmend <maintainers@ringmend.invalid>",
		fmt.Sprintf("Installed-Size: %d", size/1024),
		"Section: net",
		"Priority: optional",
		"Homepage: https://github.com/ringmend/ringmend",
		"Description: Ringpop node and tools that heal split clusters",
		" A node of the Ringpop protocol (SWIM membership and a consistent hash ring over",
		" TChannel) that finds and merges partitions by itself, and the tools to see, break",
		" and mend a cluster.",
		"",
	}, "\n")
}
