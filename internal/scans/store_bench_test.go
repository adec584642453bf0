package scans

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// backendTicks is the CPU time of the servers' processes of this database, in
// hundredths of a second.
func backendTicks(b *testing.B, pids []int64) (ticks int64) {
	b.Helper()
	for _, pid := range pids {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			b.Skipf("the server's CPU time can't be read: %v", err)
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		ticks += user + system
	}
	return ticks
}

// foldedScans is how many scans there are between two folds at 10,000 scans a
// second of 100,000 codes: a fold takes over a second then, and foldRest times
// as long passes before the next one.
const foldedScans = 1_250_000

// BenchmarkStore stores batches as the recorder does under load: random codes
// out of 100,000, or of a hundred.
func BenchmarkStore(b *testing.B) {
	for _, bench := range []struct {
		name  string
		codes int
		size  int
	}{
		{"uniform/batch=12500", 100_000, 12_500},
		{"uniform/batch=5000", 100_000, 5_000},
		{"hundred_codes/batch=12500", 100, 12_500},
	} {
		batchesFolded := foldedScans / bench.size
		b.Run(bench.name, func(b *testing.B) {
			store, pool := testStore(b, bench.codes)
			r := NewRecorder(RecorderConfig{Store: store})
			if err := r.months.ahead(b.Context(), time.Now()); err != nil {
				b.Fatal(err)
			}
			var pids []int64
			rng := rand.New(rand.NewPCG(1, 2))
			at := time.Now().UnixMicro()
			stored, batches := int64(0), 0
			next := func() *batch {
				out := &batch{rows: make([]scanRow, bench.size)}
				for i := range out.rows {
					at += 20
					out.rows[i] = scanRow{at: at, code: int32(rng.IntN(bench.codes)) + 1, class: Human, qr: i%3 > 0}
				}
				out.id = batchID([]byte(fmt.Sprintf("%016d", batches)))
				out.sort()
				return out
			}
			step := func() {
				if err := r.storeBatch(b.Context(), next()); err != nil {
					b.Fatal(err)
				}
				batches++
				stored += int64(bench.size)
				if batches%batchesFolded == 0 {
					if err := fold(b.Context(), store); err != nil {
						b.Fatal(err)
					}
				}
			}
			step()
			list, err := pool.Query(b.Context(), `SELECT pid FROM pg_stat_activity WHERE datname = current_database()`)
			if err != nil {
				b.Fatal(err)
			}
			for list.Next() {
				var pid int64
				if err := list.Scan(&pid); err != nil {
					b.Fatal(err)
				}
				pids = append(pids, pid)
			}
			list.Close()
			before, begun := backendTicks(b, pids), stored
			begin := time.Now()
			for b.Loop() {
				for range batchesFolded {
					step()
				}
			}
			n := float64(stored - begun)
			b.ReportMetric(float64(backendTicks(b, pids)-before)*10_000/n, "pgCPUµs/scan")
			b.ReportMetric(n/time.Since(begin).Seconds(), "scans/s")
			measure(b, pool, stored, "")
			packable, err := store.ListScanMonths(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			for _, m := range packable {
				if err := store.PackScanMonth(b.Context(), m.Name); err != nil {
					b.Fatal(err)
				}
			}
			measure(b, pool, stored, "packed")
		})
	}
}

// measure reports what a scan takes on the disk.
func measure(b *testing.B, pool *pgxpool.Pool, stored int64, suffix string) {
	b.Helper()
	var size int64
	err := pool.QueryRow(context.Background(), `SELECT sum(pg_total_relation_size(relid))::bigint
		FROM pg_partition_tree('scans') WHERE isleaf`).Scan(&size)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(size)/float64(stored), "bytes/scan"+suffix)
}

// BenchmarkRecord is the whole way from the journal into the database: visits
// of 100,000 codes, 200,000 at a time.
func BenchmarkRecord(b *testing.B) {
	store, _ := testStore(b, 100_000)
	const each = 200_000
	for b.Loop() {
		j := openJournal(b, JournalConfig{Dir: b.TempDir()})
		v := testVisit(1)
		for i := range each {
			v.CodeID = int64(i*7919%100_000) + 1
			mustAppend(b, j, v)
		}
		begin := time.Now()
		record(b, RecorderConfig{Journal: j, Store: store})
		b.ReportMetric(each/time.Since(begin).Seconds(), "scans/s")
	}
}
