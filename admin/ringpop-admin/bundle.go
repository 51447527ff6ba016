package main

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// bundle is an archive that is being written.
type bundle struct {
	zip     *gzip.Writer
	tar     *tar.Writer
	at      time.Time
	missing []string // what could not be had, and why
	err     error    // of writing, the first one
}

func newBundle(to io.Writer, at time.Time) *bundle {
	zip := gzip.NewWriter(to)
	return &bundle{zip: zip, tar: tar.NewWriter(zip), at: at}
}

func (b *bundle) add(name string, data []byte) {
	if b.err != nil {
		return
	}
	header := &tar.Header{Name: "ringmend-debug/" + name, Mode: 0o644, Size: int64(len(data)), ModTime: b.at}
	if b.err = b.tar.WriteHeader(header); b.err == nil {
		_, b.err = b.tar.Write(data)
	}
}

// addOr adds data, or records why there is none.
func (b *bundle) addOr(name string, data []byte, err error) {
	if err != nil {
		b.miss(name, err)
		return
	}
	b.add(name, data)
}

func (b *bundle) miss(name string, err error) {
	b.missing = append(b.missing, fmt.Sprintf("%s: %v\n", name, err))
}

// close ends the archive. What it was written to is left open.
func (b *bundle) close() error {
	if len(b.missing) > 0 {
		b.add("errors.txt", []byte(strings.Join(b.missing, "")))
	}
	return errors.Join(b.err, b.tar.Close(), b.zip.Close())
}
