package mvpqrgen

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"qrgen/internal/scans"
)

// Tables are that system's tables that are read.
func Tables() []string { return []string{"qr_codes", "scan_logs"} }

// sourceCode is a row of qr_codes. It is read as JSON, because older versions
// of that system lack columns: what is not there stays nil.
type sourceCode struct {
	ID          string   `json:"id"`
	Content     string   `json:"content"`
	Type        string   `json:"qr_type"`
	RedirectURL *string  `json:"redirect_url"`
	ShortID     *string  `json:"short_id"`
	Title       *string  `json:"title"`
	Description *string  `json:"description"`
	CreatedAt   *sqlTime `json:"created_at"`
	LastScanAt  *sqlTime `json:"last_scan_at"`
	Scans       int64    `json:"scan_count"`
	Genuine     int64    `json:"genuine_scan_count"`
	Fill        string   `json:"fill_color"`
	Back        string   `json:"back_color"`
	Border      *int     `json:"border"`
	Level       string   `json:"error_level"`
	HasLogo     bool     `json:"has_logo"`
}

// sourceScan is a row of scan_logs.
type sourceScan struct {
	CodeID   string   `json:"qr_code_id"`
	At       *sqlTime `json:"scanned_at"`
	Address  string   `json:"ip_address"`
	Agent    string   `json:"raw_user_agent"`
	Genuine  bool     `json:"is_genuine_scan"`
	OS       string   `json:"os_family"`
	Browser  string   `json:"browser_family"`
	IsMobile bool     `json:"is_mobile"`
	IsTablet bool     `json:"is_tablet"`
	IsPC     bool     `json:"is_pc"`
	IsBot    bool     `json:"is_bot"`
}

// sqlTime reads PostgreSQL's times, with a zone or, in UTC, without.
type sqlTime struct{ time.Time }

// UnmarshalJSON reads a time as to_jsonb writes it.
func (t *sqlTime) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999"} {
		at, err := time.Parse(layout, s)
		if err == nil {
			t.Time = at
			return nil
		}
	}
	return fmt.Errorf("%q is no time", s)
}

// past is the scan as the importer takes it.
func (s *sourceScan) past() scans.Past {
	p := scans.Past{At: s.At.Time, Source: scans.Link, Address: s.Address, UserAgent: s.Agent, Bot: s.IsBot, OS: s.OS, Browser: s.Browser}
	if s.Genuine {
		p.Source = scans.QR
	}
	if strings.EqualFold(p.UserAgent, "unknown") { // what that system puts where there is none
		p.UserAgent = ""
	}
	switch {
	case s.IsTablet:
		p.Device = "tablet"
	case s.IsMobile:
		p.Device = "phone"
	case s.IsPC:
		p.Device = "computer"
	}
	return p
}

// errNoTables says that a database is another one.
var errNoTables = errors.New("this is no database of mvp_qr_gen: it has no table qr_codes with the columns id, content and qr_type")

// readSource calls use with a transaction that sees one moment of that system's
// database and can change nothing in it.
func readSource(ctx context.Context, url string, use func(tx pgx.Tx) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("reach the other system's database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = pgx.BeginTxFunc(ctx, conn, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, "SET LOCAL TIME ZONE 'UTC'"); err != nil {
			return err
		}
		var columns int
		err := tx.QueryRow(ctx, "SELECT count(*) FROM pg_attribute WHERE attrelid = to_regclass('qr_codes') AND attname IN ('id', 'content', 'qr_type')").Scan(&columns)
		if err != nil {
			return err
		}
		if columns != 3 {
			return errNoTables
		}
		return use(tx)
	})
	if err != nil {
		return fmt.Errorf("read the other system's database: %w", err)
	}
	return nil
}

// readCodes reads all codes, in the order in which they were made.
func readCodes(ctx context.Context, tx pgx.Tx) ([]sourceCode, error) {
	var list []sourceCode
	err := each(ctx, tx, "SELECT to_jsonb(q)::text FROM qr_codes q ORDER BY to_jsonb(q)->>'created_at', q.id", func(c sourceCode) error {
		list = append(list, c)
		return nil
	})
	return list, err
}

// readScans calls take with every scan, the oldest first. A system without the
// table has counts alone.
func readScans(ctx context.Context, tx pgx.Tx, take func(s *sourceScan)) error {
	var there bool
	if err := tx.QueryRow(ctx, "SELECT to_regclass('scan_logs') IS NOT NULL").Scan(&there); err != nil || !there {
		return err
	}
	return each(ctx, tx, "SELECT to_jsonb(s)::text FROM scan_logs s WHERE s.scanned_at IS NOT NULL ORDER BY s.scanned_at, s.id", func(s sourceScan) error {
		take(&s)
		return nil
	})
}

// each reads rows of one JSON text.
func each[T any](ctx context.Context, tx pgx.Tx, sql string, take func(T) error) error {
	rows, err := tx.Query(ctx, sql)
	if err != nil {
		return err
	}
	var text string
	_, err = pgx.ForEachRow(rows, []any{&text}, func() error {
		var v T
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			return fmt.Errorf("read the row %.200s: %w", text, err)
		}
		return take(v)
	})
	return err
}
