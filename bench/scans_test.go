package bench

import (
	"context"
	"log/slog"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"qrgen/db"
	"qrgen/internal/scans"
)

// history is the scans of a big office over a year and more.
type history struct {
	codes   int
	scans   int
	days    int
	busiest float64 // of all scans, those of the busiest code
}

// Code 1 is the busiest. The others follow a power law: some 130 have 5,000
// scans or more, half of them fewer than 40. Code quietCode is one of those.
const (
	busiestCode = 1
	quietCode   = 99_991
	skew        = 0.8
)

// load fills an empty database with codes and their scans and has the program
// itself count what it keeps as counts.
func (h history) load(ctx context.Context, b *testing.B, pool *pgxpool.Pool) {
	b.Helper()
	store := db.NewStore(pool)
	step := func(what string, do func() error) {
		start := time.Now()
		if err := do(); err != nil {
			b.Fatalf("%s: %v", what, err)
		}
		b.Logf("%s: %s", what, time.Since(start).Round(time.Millisecond))
	}
	run := func(sql string) func() error {
		return func() error { _, err := pool.Exec(ctx, sql); return err }
	}
	step("codes", func() error { _, err := store.DemoCodes(ctx, int64(h.codes)); return err })
	step("life of codes", run(lifeOfCodes))
	step("words", run(words))
	end := time.Now().Truncate(time.Hour)
	step("months", func() error {
		for at := end.AddDate(0, 0, -h.days-31); at.Before(end.AddDate(0, 1, 0)); at = at.AddDate(0, 0, 27) {
			first := time.Date(at.UTC().Year(), at.UTC().Month(), 1, 0, 0, 0, 0, time.UTC)
			if _, err := store.AddScanMonth(ctx, first.Format(time.DateOnly)); err != nil {
				return err
			}
		}
		return nil
	})
	step("scans", func() error {
		columns := []string{"scanned_at", "code_id", "agent", "referrer", "language", "country", "class", "qr", "repeat"}
		_, err := pool.CopyFrom(ctx, pgx.Identifier{"scans"}, columns, h.rows(end))
		return err
	})
	step("totals", run(totals))
	step("hours", run(`INSERT INTO scan_hours (hour, class, qr, scans, repeats)
		SELECT date_trunc('hour', scanned_at), class, qr, count(*), count(*) FILTER (WHERE repeat) FROM scans GROUP BY 1, 2, 3`))
	step("statistics", run("VACUUM ANALYZE"))
	step("rollups", func() error { return rollUp(ctx, b, store) })
	step("statistics", run("VACUUM ANALYZE"))
}

// rollUp lets the recorder look after the tables, as it does once an hour.
func rollUp(ctx context.Context, b *testing.B, store *db.Store) error {
	b.Helper()
	journal, err := scans.OpenJournal(scans.JournalConfig{Dir: b.TempDir()})
	if err != nil {
		return err
	}
	recorder := scans.NewRecorder(scans.RecorderConfig{Journal: journal, Store: store, RetentionDays: 10_000, Logger: slog.Default()})
	ended := make(chan error, 1)
	go func() { ended <- recorder.Run(ctx) }()
	// Packing the months that are over is the last thing it does.
	for {
		months, err := store.ListScanMonths(ctx)
		if err != nil {
			return err
		}
		packed := 0
		for _, m := range months {
			if m.Packed {
				packed++
			}
		}
		if packed >= len(months)-4 {
			break
		}
		select {
		case err := <-ended:
			return err
		case <-time.After(time.Second):
		}
	}
	if err := recorder.Close(ctx); err != nil {
		return err
	}
	if err := <-ended; err != nil {
		return err
	}
	return journal.Close()
}

// Some codes were printed, some are about to expire, some are out of use.
const lifeOfCodes = `UPDATE codes SET
	printed_at = CASE WHEN id % 3 > 0 THEN now() - id * 7919 % 400 * interval '1 day' END,
	expires_at = CASE WHEN id % 50 = 7 AND kind = 'dynamic' THEN now() + (id % 600 - 200) * interval '1 day' END,
	state = CASE WHEN id % 40 = 3 AND kind = 'dynamic' THEN 'paused' WHEN id % 40 = 5 THEN 'retired' ELSE 'active' END`

// 24 agents, 400 referrers, 40 languages and 90 countries.
const words = `
	INSERT INTO scan_agents SELECT g, (ARRAY['phone', 'tablet', 'desktop'])[1 + g % 3], (ARRAY['iOS', 'Android', 'Windows', 'macOS', 'Linux'])[1 + g % 5], 'Browser ' || g FROM generate_series(2, 25) g;
	INSERT INTO scan_words SELECT 1 + g, 'referrer', 'site-' || g || '.example.org' FROM generate_series(1, 400) g;
	INSERT INTO scan_words SELECT 401 + g, 'language', chr(96 + (g + 25) / 26) || chr(97 + g % 26) FROM generate_series(1, 40) g;
	INSERT INTO scan_words SELECT 441 + g, 'country', chr(64 + (g + 25) / 26) || chr(65 + g % 26) FROM generate_series(1, 90) g`

const totals = `UPDATE code_totals t SET qr_scans = s.qr, link_scans = s.link, last_scan_at = s.last
	FROM (SELECT code_id, count(*) FILTER (WHERE qr) AS qr, count(*) FILTER (WHERE NOT qr) AS link, max(scanned_at) AS last
	      FROM scans WHERE class <> 4 GROUP BY code_id) s WHERE s.code_id = t.code_id`

// rows gives the scans in the order of time, more by day than by night, the
// same ones at each run.
func (h history) rows(end time.Time) pgx.CopyFromSource {
	random := rand.New(rand.NewPCG(1, 2))
	chances := make([]float64, h.codes-1)
	sum := 0.0
	for i := range chances {
		sum += math.Pow(float64(i+2), -skew)
		chances[i] = sum
	}
	code := func() int32 {
		if random.Float64() < h.busiest {
			return busiestCode
		}
		i, _ := slices.BinarySearch(chances, random.Float64()*sum)
		return int32(i + 2)
	}
	// skewed draws from n words that begin at first, the first ones more often.
	skewed := func(first, n int16) int16 {
		x := random.Float64()
		return first + int16(float64(n)*x*x*x)
	}
	begin := end.AddDate(0, 0, -h.days)
	hours := h.days * 24
	weight := func(hour int) float64 {
		return 1.05 - math.Cos(float64(begin.Add(time.Duration(hour)*time.Hour).Hour())*2*math.Pi/24)
	}
	all := 0.0
	for i := range hours {
		all += weight(i)
	}
	hour, inHour, left := -1, 0, 0
	row := make([]any, 9)
	done, share := 0, 0.0
	return pgx.CopyFromFunc(func() ([]any, error) {
		for left == 0 {
			if hour++; hour == hours {
				return nil, nil
			}
			share += weight(hour) / all
			inHour = int(share*float64(h.scans)) - done
			left = inHour
			done += inHour
		}
		left--
		at := begin.Add(time.Duration(hour)*time.Hour + time.Duration(float64(time.Hour)*float64(inHour-left-1)/float64(inHour)))
		class := int16(scans.Human)
		if draw := random.Float64(); draw < 0.05 {
			class = int16(scans.Bot)
		} else if draw < 0.08 {
			class = int16(scans.Prefetch)
		}
		row[0], row[1], row[2], row[6], row[7] = at, code(), skewed(2, 24), class, random.Float64() < 0.8
		if class == int16(scans.Human) {
			row[3], row[4], row[5], row[8] = int16(0), skewed(402, 40), skewed(442, 90), random.Float64() < 0.15
			if random.Float64() < 0.3 { // a camera app tells of no page
				row[3] = skewed(2, 400)
			}
		} else {
			row[3], row[4], row[5], row[8] = int16(0), int16(0), int16(0), false
		}
		return row, nil
	})
}
