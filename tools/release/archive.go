package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// makeArchive writes files below a directory of the archive.
func makeArchive(to, below string, files []file, at time.Time) error {
	var data bytes.Buffer
	if err := writeTar(&data, below+"/", files, at); err != nil {
		return err
	}
	return os.WriteFile(to, data.Bytes(), 0o644)
}

// writeTar writes a compressed archive with the directories that files need.
func writeTar(to io.Writer, prefix string, files []file, at time.Time) error {
	zip := gzip.NewWriter(to)
	archive := tar.NewWriter(zip)
	files = slices.SortedFunc(slices.Values(files), func(a, b file) int { return strings.Compare(a.name, b.name) })
	made := map[string]bool{".": true, "": true}
	for _, f := range files {
		if err := makeDirs(archive, prefix, path.Dir(prefix+f.name), made, at); err != nil {
			return err
		}
		data, err := os.ReadFile(f.path)
		if err != nil {
			return err
		}
		header := &tar.Header{Name: prefix + f.name, Mode: f.mode, Size: int64(len(data)), ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatGNU}
		if err := archive.WriteHeader(header); err != nil {
			return err
		}
		if _, err := archive.Write(data); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), zip.Close())
}

func makeDirs(archive *tar.Writer, prefix, dir string, made map[string]bool, at time.Time) error {
	if made[dir] {
		return nil
	}
	made[dir] = true
	if err := makeDirs(archive, prefix, path.Dir(dir), made, at); err != nil {
		return err
	}
	name := dir + "/"
	if strings.HasPrefix(prefix, "./") {
		name = "./" + name
	}
	return archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755, ModTime: at, Uname: "root", Gname: "root", Format: tar.FormatGNU})
}

// makeSums writes the checksums of all files of a directory.
func makeSums(dir string) error {
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%x  %s\n", sha256.Sum256(data), filepath.Base(path))
	}
	return os.WriteFile(filepath.Join(dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}
