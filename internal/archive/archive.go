// Package archive writes the ZIP of many codes' files with a manifest, file by
// file to where it goes: nothing but the file in hand is kept in memory.
package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/csv"
	"fmt"
	"hash/crc32"
	"io"
	"regexp"
	"strings"
	"time"
)

// Manifest is the name of the list of files in the archive.
const Manifest = "manifest.csv"

// Entry is a line of the manifest. File is empty for a file that is left out;
// Note says why.
type Entry struct {
	Title, ShortURL, Target, File, SHA256, Grade, Note string
}

// Writer writes one archive.
type Writer struct {
	zip   *zip.Writer
	at    time.Time
	names map[string]bool // in lower case, which is how Windows and macOS compare
	list  []Entry
}

// New starts an archive whose files are dated at.
func New(w io.Writer, at time.Time) *Writer {
	return &Writer{zip: zip.NewWriter(w), at: at, names: map[string]bool{Manifest: true}}
}

// Add writes a file under the name and extension, with a number between them
// where the name is taken, and notes it for the manifest.
func (w *Writer) Add(name, extension string, data []byte, e Entry) error {
	e.File = w.unique(name, extension)
	w.list = append(w.list, e)
	return w.write(e.File, data)
}

// LeaveOut notes a file that is not in the archive.
func (w *Writer) LeaveOut(e Entry) { w.list = append(w.list, e) }

// Close writes the manifest and ends the archive.
func (w *Writer) Close() error {
	var b bytes.Buffer
	b.WriteString("\ufeff") // or Excel takes UTF-8 for something else
	table := csv.NewWriter(&b)
	rows := [][]string{{"title", "short_url", "target", "file", "sha256", "grade", "note"}}
	for _, e := range w.list {
		rows = append(rows, []string{Defused(e.Title), e.ShortURL, Defused(e.Target), e.File, e.SHA256, e.Grade, Defused(e.Note)})
	}
	if err := table.WriteAll(rows); err != nil {
		return fmt.Errorf("write the manifest: %w", err)
	}
	if err := w.write(Manifest, b.Bytes()); err != nil {
		return err
	}
	return w.zip.Close()
}

var (
	formula = regexp.MustCompile(`(^|;)([=+\-@\t\r\n])`)
	defused = regexp.MustCompile(`(^|;)'([=+\-@\t\r\n])`)
)

// Defused keeps a spreadsheet from taking what a stranger typed for a formula
// (OWASP, CSV injection), one that cuts cells at semicolons, too.
func Defused(cell string) string { return formula.ReplaceAllString(cell, "$1'$2") }

// Undefused gives what Defused was given.
func Undefused(cell string) string { return defused.ReplaceAllString(cell, "$1$2") }

func (w *Writer) unique(name, extension string) string {
	for n := 1; ; n++ {
		file := name + "." + extension
		if n > 1 {
			file = fmt.Sprintf("%s-%d.%s", name, n, extension)
		}
		if key := strings.ToLower(file); !w.names[key] {
			w.names[key] = true
			return file
		}
	}
}

// write puts the sizes ahead of the file, not behind it: whoever reads the
// stream can count the files as they come.
func (w *Writer) write(name string, data []byte) error {
	head := &zip.FileHeader{
		Name: name, Method: zip.Deflate, Modified: w.at, CRC32: crc32.ChecksumIEEE(data),
		UncompressedSize64: uint64(len(data)), Flags: 0x800, // the name is UTF-8
	}
	var packed bytes.Buffer
	deflate, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err == nil {
		_, err = deflate.Write(data)
	}
	if err == nil {
		err = deflate.Close()
	}
	if err != nil {
		return fmt.Errorf("pack %s: %w", name, err)
	}
	if packed.Len() >= len(data) {
		head.Method = zip.Store
		packed.Reset()
		packed.Write(data)
	}
	head.CompressedSize64 = uint64(packed.Len()) //nolint:gosec // a length is never negative
	to, err := w.zip.CreateRaw(head)
	if err == nil {
		_, err = to.Write(packed.Bytes())
	}
	if err == nil {
		err = w.zip.Flush()
	}
	return err
}
