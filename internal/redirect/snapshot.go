package redirect

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"
)

// The snapshot file, little-endian:
//
//	magic    8 bytes
//	version  uint32
//	length   uint32, of what follows
//	head     snapshotHead as JSON
//	records  each as in memory
//	end      int64 0, in the place of a code ID
//	count    uint64, of the records
//	checksum uint32, CRC-32C of all before it
const (
	snapshotMagic   = "QRGENDIR"
	snapshotVersion = 2
	snapshotWithout = 1 // files: of a program that took their codes for links
	snapshotHeadMax = 1 << 20
	snapshotBuffer  = 1 << 16
)

// How long a change may be missing from the snapshot: what is not in it is
// forgotten when the program and the database go down together. Writing takes
// a fiftieth of the time at most.
const (
	snapshotSoonest = time.Second
	snapshotLatest  = time.Minute
	snapshotShare   = 50
)

// snapshotRest is the time from one snapshot, which took so long, to the next.
func snapshotRest(took time.Duration) time.Duration {
	return min(max(snapshotShare*took, snapshotSoonest), snapshotLatest)
}

// snapshotHead says what the records are.
type snapshotHead struct {
	Mark     mark      `json:"mark"`     // everything it sees is in the records
	Complete bool      `json:"complete"` // every code there was, is
	SavedAt  time.Time `json:"saved_at"`
}

// saved is what the directory knows about its snapshot.
type saved struct {
	changes atomic.Uint64 // of the index
	upTo    atomic.Uint64 // of these, in the snapshot
	at      atomic.Pointer[time.Time]
}

// keepSnapshot writes the snapshot soon after the directory has changed, and
// when ctx ends.
func (d *Directory) keepSnapshot(ctx context.Context) error {
	if d.cfg.SnapshotPath == "" {
		return nil
	}
	for {
		begun := time.Now()
		err := d.saveSnapshot()
		rest := snapshotRest(time.Since(begun))
		if err != nil {
			d.cfg.Log.ErrorContext(ctx, "directory snapshot not written", "path", d.cfg.SnapshotPath, "err", err)
			rest = snapshotLatest
		}
		if !pause(ctx, rest) {
			return d.saveSnapshot()
		}
	}
}

// saveSnapshot writes the snapshot if the directory is not as the last one
// says. A directory that never was in step with a database has nothing to keep.
func (d *Directory) saveSnapshot() error {
	if d.cfg.SnapshotPath == "" {
		return nil
	}
	// The mark first: what comes into the index afterwards is newer, and does
	// no harm.
	d.syncing.Lock()
	head := snapshotHead{Mark: d.mark, Complete: d.complete.Load(), SavedAt: d.cfg.Now()}
	changes := d.saved.changes.Load()
	d.syncing.Unlock()
	if head.Mark == (mark{}) || d.saved.at.Load() != nil && changes == d.saved.upTo.Load() {
		return nil
	}
	if err := replaceFile(d.cfg.SnapshotPath, func(w io.Writer) error { return writeSnapshot(w, head, d.index.all) }); err != nil {
		return fmt.Errorf("write the directory's snapshot: %w", err)
	}
	d.saved.upTo.Store(changes)
	d.saved.at.Store(&head.SavedAt)
	return nil
}

// loadSnapshot fills the empty directory from its snapshot, if there is one.
func (d *Directory) loadSnapshot() error {
	if d.cfg.SnapshotPath == "" {
		return nil
	}
	f, err := os.Open(d.cfg.SnapshotPath)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("open the snapshot: %w", err)
	}
	defer func() { _ = f.Close() }()

	d.writing.Lock()
	defer d.writing.Unlock()
	x, n, omitted := newIndex(), 0, false
	head, err := readSnapshot(f, func(rec record) {
		if n >= d.cfg.Max {
			omitted = true
		} else if x.put(rec) {
			n++
		}
	})
	if err != nil {
		return fmt.Errorf("read the snapshot: %w", err)
	}
	d.index, d.count, d.mark, d.lastFull = x, n, head.Mark, d.cfg.Now()
	d.complete.Store(head.Complete && !omitted)
	d.saved.at.Store(&head.SavedAt)
	d.cfg.Log.Info("directory snapshot loaded", "codes", n, "saved_at", head.SavedAt)
	return nil
}

// replaceFile writes a file so that at any moment, also after a power cut, the
// old or the new one is there, whole.
func replaceFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.OpenFile(path+".tmp", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	return dir.Sync()
}

// summing counts what goes through it into a checksum.
func summing() hash.Hash32 { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }

func writeSnapshot(to io.Writer, head snapshotHead, records func(yield func(record) bool)) error {
	meta, err := json.Marshal(head)
	if err != nil {
		return err
	}
	sum := summing()
	w := bufio.NewWriterSize(io.MultiWriter(to, sum), snapshotBuffer)
	b := append([]byte(nil), snapshotMagic...)
	b = binary.LittleEndian.AppendUint32(b, snapshotVersion)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(meta))) //nolint:gosec // some hundred bytes
	if _, err := w.Write(append(b, meta...)); err != nil {
		return err
	}
	count := uint64(0)
	for rec := range records {
		count++
		if _, err := w.Write(rec); err != nil {
			return err
		}
	}
	if _, err := w.Write(binary.LittleEndian.AppendUint64(make([]byte, 8, 16), count)); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = to.Write(binary.LittleEndian.AppendUint32(nil, sum.Sum32()))
	return err
}

// readSnapshot reads a snapshot and hands out its records, which are good only
// until hold returns, and only if there is no error in the end.
func readSnapshot(from io.Reader, hold func(record)) (head snapshotHead, err error) {
	r := snapshotReader{from: bufio.NewReaderSize(from, snapshotBuffer), sum: summing()}
	if err := r.head(&head); err != nil {
		return head, err
	}
	buf := make([]byte, recordMax)
	count := uint64(0)
	for {
		if err := r.read(buf[:8]); err != nil {
			return head, err
		}
		if binary.LittleEndian.Uint64(buf) == 0 {
			break
		}
		if err := r.read(buf[8:recordHead]); err != nil {
			return head, err
		}
		rec := record(buf)
		if !rec.valid() {
			return head, errors.New("damaged: a record is none")
		}
		rec = rec[:rec.size()]
		if err := r.read(rec[recordHead:]); err != nil {
			return head, err
		}
		hold(rec)
		count++
	}
	return head, r.tail(count)
}

type snapshotReader struct {
	from *bufio.Reader
	sum  hash.Hash32
}

func (r *snapshotReader) read(b []byte) error {
	if _, err := io.ReadFull(r.from, b); err != nil {
		return fmt.Errorf("damaged: cut off: %w", err)
	}
	_, _ = r.sum.Write(b) // never fails
	return nil
}

func (r *snapshotReader) head(head *snapshotHead) error {
	b := make([]byte, len(snapshotMagic)+8)
	if err := r.read(b); err != nil {
		return err
	}
	version, length := binary.LittleEndian.Uint32(b[8:]), binary.LittleEndian.Uint32(b[12:])
	switch {
	case string(b[:8]) != snapshotMagic:
		return errors.New("not a directory snapshot")
	case version != snapshotVersion && version != snapshotWithout:
		return fmt.Errorf("version %d of the format, not %d", version, snapshotVersion)
	case length > snapshotHeadMax:
		return errors.New("damaged: the header has no end")
	}
	b = make([]byte, length)
	if err := r.read(b); err != nil {
		return err
	}
	if err := json.Unmarshal(b, head); err != nil {
		return fmt.Errorf("damaged: the header: %w", err)
	}
	if version == snapshotWithout {
		head.Mark = mark{} // it answers until the database does, which is then read whole
	}
	return nil
}

func (r *snapshotReader) tail(count uint64) error {
	var b [8]byte
	if err := r.read(b[:]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint64(b[:]) != count {
		return errors.New("damaged: records are missing")
	}
	want := r.sum.Sum32()
	if err := r.read(b[:4]); err != nil {
		return err
	}
	if binary.LittleEndian.Uint32(b[:]) != want {
		return errors.New("damaged: the checksum is another one")
	}
	if _, err := r.from.ReadByte(); !errors.Is(err, io.EOF) {
		return errors.New("damaged: more follows the end")
	}
	return nil
}
