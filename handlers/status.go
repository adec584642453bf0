package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"qrgen/db"
	"qrgen/internal/backup"
	"qrgen/internal/redirect"
	"qrgen/internal/scans"
	"qrgen/views"
)

// oldUnsent is from which age on an unsent scan is not on its way any more.
const oldUnsent = time.Minute

// GET /status
//
// The same truths as the metrics', in words. It works without the database: that
// is when people look.
func (s *Server) status(c echo.Context) error {
	ctx, cancel := context.WithTimeout(c.Request().Context(), healthTimeout)
	defer cancel()
	now := s.now()
	answering := s.reachDatabase(ctx) == nil
	m := views.Status{
		Tone: views.ToneGood, Verdict: "Printed codes are answered, and everything works.", Version: s.version, Checked: s.moment(now),
		Parts: []views.StatusPart{
			s.codesPart(s.directory.Stats()), s.todayPart(ctx, answering), s.unsentPart(s.recorder.Stats(), now),
			databasePart(answering), s.backupPart(ctx, answering),
		},
	}
	for _, p := range m.Parts {
		switch {
		case p.Tone == views.ToneBad && m.Tone != views.ToneBad:
			m.Tone, m.Verdict = views.ToneBad, "Printed codes are answered, but something is broken."
		case p.Tone == views.ToneWarning && m.Tone == views.ToneGood:
			m.Tone, m.Verdict = views.ToneWarning, "Printed codes are answered, but something needs a look."
		}
	}
	if m.Parts[0].Tone == views.ToneBad {
		m.Verdict = "Printed codes are not answered."
	}
	return s.page(c, http.StatusOK, views.StatusPage(s.chrome(c), m), views.StatusReport(m))
}

func (s *Server) codesPart(d redirect.Stats) views.StatusPart {
	p := views.StatusPart{Name: "Printed codes", Tone: views.ToneGood, Text: views.Count(int64(d.Codes), "code is", "codes are") + " answered from memory."}
	switch {
	case d.ConfirmedAt.IsZero() && d.SnapshotAt.IsZero():
		p.Tone, p.Text = views.ToneBad, "No code could be loaded: the database is away, and there is no copy on disk."
		p.Hint = "Get the database back; nothing has to be restarted."
	case d.Degraded:
		p.Tone, p.Text = views.ToneWarning, p.Text+" Changes may not take effect yet. They were last known to be right"
		if p.When = s.moment(d.ConfirmedAt); d.ConfirmedAt.IsZero() {
			p.When = s.moment(d.SnapshotAt)
		}
	}
	return p
}

func (s *Server) todayPart(ctx context.Context, answering bool) views.StatusPart {
	p := views.StatusPart{Name: "Scans today", Tone: views.ToneInfo, Text: "Not known while the database is away."}
	if !answering {
		return p
	}
	zone := s.config.Zone.Location
	now := s.now().In(zone)
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, zone)
	rows, err := s.store.AllScanDays(ctx, db.AllScanDaysParams{Zone: zone.String(), FromTime: midnight, ToTime: now.Add(time.Hour)})
	if err != nil {
		s.log.WarnContext(ctx, "today's scans are not known", "error", err)
		return p
	}
	people, others := int64(0), int64(0)
	for _, row := range rows {
		if row.Class == int16(scans.Human) {
			people += row.Scans
		} else {
			others += row.Scans
		}
	}
	p.Tone, p.Text = views.ToneGood, views.Count(people, "scan by a person", "scans by people")+" since midnight."
	if others > 0 {
		p.Hint = "Besides, " + views.Count(others, "visit", "visits") + " by programs, which are not counted as scans."
	}
	return p
}

func (s *Server) unsentPart(j scans.Stats, now time.Time) views.StatusPart {
	p := views.StatusPart{Name: "Unsent scans", Tone: views.ToneGood, Text: "None is waiting."}
	if j.Journalled > 0 {
		p.Text = views.Count(j.Journalled, "scan is", "scans are") + " on the way to the database."
	}
	switch {
	case j.Refusing != nil:
		p.Tone, p.Text = views.ToneBad, "New scans are answered but not recorded: the journal or its disk is full."
		p.Hint = "Make room on the disk, or get the database back; then recording goes on by itself."
	case j.Damaged > 0:
		p.Tone, p.Hint = views.ToneWarning, "Part of the journal could not be read and waits for somebody who looks after this server."
	case j.Journalled > 0 && !j.Oldest.IsZero() && now.Sub(j.Oldest) > oldUnsent:
		p.Tone, p.Text = views.ToneWarning, views.Count(j.Journalled, "scan waits", "scans wait")+" to be stored, the oldest since"
		p.When, p.Hint = s.moment(j.Oldest), "None is lost; they are counted once the database takes them."
	}
	return p
}

func databasePart(answering bool) views.StatusPart {
	if answering {
		return views.StatusPart{Name: "Database", Tone: views.ToneGood, Text: "It answers."}
	}
	return views.StatusPart{
		Name: "Database", Tone: views.ToneBad, Text: "It does not answer.",
		Hint: "Printed codes go on working from memory. Pages that show or change codes do not, until it is back.",
	}
}

func (s *Server) backupPart(ctx context.Context, answering bool) views.StatusPart {
	p := views.StatusPart{Name: "Last backup", Tone: views.ToneInfo, Text: "Not known while the database is away."}
	if !answering {
		return p
	}
	standing, err := backup.ReadStanding(ctx, s.store)
	if err != nil {
		s.log.WarnContext(ctx, "the backups are not known", "error", err)
		return p
	}
	if standing.Good == nil {
		p.Tone, p.Text, p.Hint = views.ToneWarning, "There is none.", "Whoever looks after this server makes one with qrgen backup."
	} else {
		p.Tone, p.Text, p.When = views.ToneGood, "Made, restored once and found to be whole", s.moment(standing.Good.StartedAt)
	}
	switch standing.Status(s.now()) {
	case "failed":
		p.Tone, p.Hint = views.ToneBad, "The last attempt failed. Its log says why."
	case "old":
		p.Tone, p.Hint = views.ToneWarning, "It is older than it should be."
	}
	return p
}
