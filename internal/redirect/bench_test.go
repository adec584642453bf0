package redirect_test

import (
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"qrgen/internal/codes"
	"qrgen/internal/redirect"
)

// benchCodes makes n codes like real ones: 8 random characters, a target of
// about 60 bytes.
func benchCodes(n int) (ids []string, entries func(yield func(redirect.Entry) bool)) {
	rnd := rand.New(rand.NewPCG(7, 7))
	crockford := base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz")
	ids = make([]string, n)
	var b [8]byte
	for i := range ids {
		binary.LittleEndian.PutUint64(b[:], rnd.Uint64())
		ids[i] = crockford.EncodeToString(b[:5])
	}
	return ids, func(yield func(redirect.Entry) bool) {
		for i, id := range ids {
			if !yield(redirect.Entry{
				CodeID: int64(i + 1), ShortID: id, Revision: 1, State: codes.Active,
				Target: "https://www.example.edu/departments/science/courses/" + strconv.Itoa(1_000_000+i),
			}) {
				return
			}
		}
	}
}

// BenchmarkFind looks up random codes in upper case, as symbols have them.
func BenchmarkFind(b *testing.B) {
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		ids, entries := benchCodes(n)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		d := redirect.Of(redirect.Config{}, entries)
		runtime.GC()
		runtime.ReadMemStats(&after)
		for i := range ids {
			ids[i] = strings.ToUpper(ids[i])
		}
		now := time.Now()
		perCode := float64(after.HeapAlloc-before.HeapAlloc) / float64(n)
		b.Run(fmt.Sprintf("codes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			rnd := rand.New(rand.NewPCG(1, 1))
			for b.Loop() {
				if d.Find(b.Context(), ids[rnd.IntN(n)], now).Outcome != redirect.Active {
					b.Fatal("not found")
				}
			}
			b.ReportMetric(perCode, "B/code")
		})
		b.Run(fmt.Sprintf("codes=%d/parallel", n), func(b *testing.B) {
			b.ReportAllocs()
			ctx := b.Context()
			b.RunParallel(func(pb *testing.PB) {
				rnd := rand.New(rand.NewPCG(rand.Uint64(), 1))
				for pb.Next() {
					if d.Find(ctx, ids[rnd.IntN(n)], now).Outcome != redirect.Active {
						b.Error("not found")
						return
					}
				}
			})
		})
		b.Run(fmt.Sprintf("codes=%d/hot", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				d.Find(b.Context(), ids[0], now)
			}
		})
		b.Run(fmt.Sprintf("codes=%d/miss", n), func(b *testing.B) {
			for b.Loop() {
				d.Find(b.Context(), "ZZZZZZZZZ", now)
			}
		})
		runtime.KeepAlive(d)
	}
}

// BenchmarkMap is the simplest thing that could work, for comparison.
func BenchmarkMap(b *testing.B) {
	type value struct {
		id               int64
		starts, ends     int64
		target, fallback string
		revision         int32
		state            uint8
	}
	for _, n := range []int{100_000, 1_000_000} {
		ids, entries := benchCodes(n)
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		m := make(map[string]value)
		for e := range entries {
			m[strings.Clone(e.ShortID)] = value{e.CodeID, 0, 0, e.Target, "", 1, 0}
		}
		began := time.Now()
		runtime.GC()
		gc := time.Since(began)
		runtime.ReadMemStats(&after)
		perCode := float64(after.HeapAlloc-before.HeapAlloc) / float64(n)
		b.Run(fmt.Sprintf("codes=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			rnd := rand.New(rand.NewPCG(1, 1))
			for b.Loop() {
				if m[ids[rnd.IntN(n)]].id == 0 {
					b.Fatal("not found")
				}
			}
			b.ReportMetric(perCode, "B/code")
			b.ReportMetric(float64(gc.Microseconds()), "µs/GC")
		})
	}
}

// BenchmarkSnapshot loads a snapshot where there is no database.
func BenchmarkSnapshot(b *testing.B) {
	for _, n := range []int{100_000, 1_000_000} {
		_, entries := benchCodes(n)
		var all []redirect.Entry
		for e := range entries {
			all = append(all, e)
		}
		path := filepath.Join(b.TempDir(), "directory.snap")
		b.Run(fmt.Sprintf("write/codes=%d", n), func(b *testing.B) {
			for b.Loop() {
				f, err := os.Create(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := redirect.WriteSnapshot(f, all); err != nil {
					b.Fatal(err)
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
		cfg := withoutDatabase(b, path)
		b.Run(fmt.Sprintf("open/codes=%d", n), func(b *testing.B) {
			for b.Loop() {
				if got := open(b, cfg).Stats().Codes; got < n-10 {
					b.Fatal(got)
				}
			}
		})
	}
}

// BenchmarkOpen reads the directory from a database. BENCH_CODES says how many
// codes it has; RSS is the whole process's afterwards.
func BenchmarkOpen(b *testing.B) {
	n, err := strconv.Atoi(os.Getenv("BENCH_CODES"))
	if err != nil {
		n = 20_000
	}
	w := newWorld(b)
	// Neither the search nor its index is measured here.
	w.exec(b, "DROP INDEX codes_by_search; DROP INDEX codes_by_title; DROP INDEX codes_by_created; DROP INDEX codes_by_updated")
	w.exec(b, "ALTER TABLE codes DISABLE TRIGGER code_totals_begin")
	w.addMany(b, n)
	w.exec(b, "ANALYZE codes")
	b.Run(fmt.Sprintf("codes=%d", n), func(b *testing.B) {
		for b.Loop() {
			d := open(b, w.config(b))
			s := d.Stats()
			if s.Codes != n {
				b.Fatalf("%+v", s)
			}
			b.ReportMetric(float64(s.Bytes)/float64(n), "B/code")
			b.ReportMetric(rss(b), "RSS-MiB")
			runtime.KeepAlive(d)
		}
	})
}

func rss(b *testing.B) float64 {
	b.Helper()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		b.Skip("no /proc")
	}
	for line := range strings.Lines(string(text)) {
		var kb float64
		if n, _ := fmt.Sscanf(line, "VmHWM: %f kB", &kb); n == 1 {
			return kb / 1024
		}
	}
	return 0
}
