package scans

import "testing"

// drainForBench deletes sealed segments, as a recorder that needs no time.
func drainForBench(b *testing.B, j *Journal) {
	b.Helper()
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		for {
			f, ok := j.oldest()
			if ok {
				f.live.settle()
				if err := j.remove(f); err != nil {
					b.Error(err)
					return
				}
				continue
			}
			select {
			case <-stop:
				return
			case <-j.full:
			}
		}
	}()
	b.Cleanup(func() { close(stop); <-stopped })
}

func BenchmarkAppend(b *testing.B) {
	for _, mode := range []string{"off", "200ms"} {
		sync := Sync{}
		if mode != "off" {
			sync, _ = ParseSync(mode)
		}
		j, err := OpenJournal(JournalConfig{Dir: b.TempDir(), Sync: sync, BatchScans: 1 << 30})
		if err != nil {
			b.Fatal(err)
		}
		drainForBench(b, j)
		v := testVisit(42)
		b.Run("one/"+mode, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_ = j.Append(v)
			}
		})
		b.Run("parallel/"+mode, func(b *testing.B) {
			b.SetParallelism(32)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				v := testVisit(42)
				for pb.Next() {
					_ = j.Append(v)
				}
			})
		})
		b.ReportMetric(float64(j.refused.Load()), "refused")
		b.Logf("refused %d", j.refused.Load())
	}
}
