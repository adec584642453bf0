package handlers

import (
	"context"
	"strconv"
	"time"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
	"qrgen/internal/stats"
	"qrgen/views"
)

// moment shows a time in the office's zone, seen from now.
func (s *Server) moment(t time.Time) views.Moment {
	zone := s.registry.Zone()
	return views.Moment{At: t.In(zone), Now: s.now().In(zone)}
}

func (s *Server) optionalMoment(t *time.Time) views.Moment {
	if t == nil {
		return views.Moment{}
	}
	return s.moment(*t)
}

func (s *Server) codesView(f codes.Filter, q codes.Query, page codes.Page, recent map[int64]stats.Recent) views.Codes {
	return views.Codes{
		Query: views.CodesQuery{
			Q: f.Search, Kind: string(f.Kind), State: string(f.State), Sort: string(f.Sort),
			Limit: q.Limit, After: q.After, Before: q.Before,
		},
		Rows:  s.rows(page.Rows, recent),
		Total: int64(page.Total), Capped: page.Capped,
		Next: page.Next, Previous: page.Previous,
	}
}

func (s *Server) rows(list []db.ListCodesRow, recent map[int64]stats.Recent) []views.CodeRow {
	rows := make([]views.CodeRow, len(list))
	for i, row := range list {
		code := row.Code
		rows[i] = views.CodeRow{
			ID: code.ID, Kind: views.Kind(code.Kind), Title: code.Title,
			ShortURL: s.shortURL(code), TargetURL: db.Text(code.TargetURL),
			State: views.State(codes.StateOf(code, s.now())), Scans: row.CodeTotal.Scans,
			Created: s.moment(code.CreatedAt), Changed: s.moment(code.UpdatedAt),
		}
		if days, ok := recent[code.ID]; ok {
			rows[i].Recent = days[:]
		}
		if p, ok := s.registry.Payload(code); ok {
			rows[i].Type, rows[i].Content = p.Type.Label(), p.Summary()
		}
	}
	return rows
}

func (s *Server) codeView(ctx context.Context, row db.CodeByIDRow, events []codes.Event, recent stats.Recent) (views.Code, error) {
	code, totals := row.Code, row.CodeTotal
	style, err := s.registry.Style(ctx, code)
	if err != nil {
		return views.Code{}, err
	}
	logos, err := s.logoNames(ctx, events)
	if err != nil {
		return views.Code{}, err
	}
	holds := s.links.SymbolContent(code)
	m := views.Code{
		ID: code.ID, Kind: views.Kind(code.Kind), Title: code.Title, Description: code.Description,
		State: views.State(codes.StateOf(code, s.now())), ShortID: db.Text(code.ShortID), ShortURL: s.shortURL(code), Holds: holds,
		TargetURL: db.Text(code.TargetURL), Content: db.Text(code.Content), Payload: s.payloadView(code), FallbackURL: db.Text(code.FallbackURL),
		StartsAt: s.optionalMoment(code.StartsAt), ExpiresAt: s.optionalMoment(code.ExpiresAt),
		Look:    lookFields(looks.ColumnsOfCode(code).Look()),
		Created: s.moment(code.CreatedAt), CreatedBy: code.CreatedBy, Changed: s.moment(code.UpdatedAt), ChangedBy: code.UpdatedBy,
		Scans: views.ScanCounts{
			Total: totals.Scans, QR: totals.QRScans, Link: totals.LinkScans, Last: s.optionalMoment(totals.LastScanAt),
			Today: recent.Last(1), Week: recent.Last(7), Month: recent.Last(30),
		},
		MoreEvents: len(events) > historyShown,
	}
	for _, e := range events[:min(len(events), historyShown)] {
		m.Events = append(m.Events, s.eventView(e, logos))
	}
	m.Print, err = s.printAdvice(qr.Request{Content: holds, Style: style, Title: code.Title, Desc: s.describe(code)})
	return m, err
}

func (s *Server) eventView(e codes.Event, logos map[string]string) views.Event {
	event := views.Event{
		ID: e.ID, Action: e.Action, Who: e.Actor.Name, From: e.Actor.Address, When: s.moment(e.At), Undoable: e.Undoable(),
	}
	for _, change := range e.Changes {
		label, before := changeWords(change.Field, change.Before)
		_, after := changeWords(change.Field, change.After)
		event.Changes = append(event.Changes, views.Change{
			Field: change.Field, Name: label, Before: views.LookValue(change.Field, before, logos), After: views.LookValue(change.Field, after, logos),
		})
	}
	return event
}

// formView is the form filled with an input.
func (s *Server) formView(in codes.Input) views.CodeForm {
	content, file := payloadForms(in)
	return views.CodeForm{
		Kind: in.Kind, Title: in.Title, Description: in.Description, TargetURL: in.TargetURL, Content: content, File: file,
		ShortID:  in.ShortID,
		StartsAt: s.localTime(in.StartsAt), ExpiresAt: s.localTime(in.ExpiresAt), FallbackURL: in.FallbackURL,
		Zone: s.zoneName(), ShortPrefix: s.links.ShortURL(""),
	}
}

// zoneName names the office's time zone for people.
func (s *Server) zoneName() string { return s.registry.Zone().String() }

// editView is the form for a code, filled with an input for it.
func (s *Server) editView(row db.CodeByIDRow, in codes.Input) views.CodeForm {
	m := s.formView(in)
	m.ID = row.Code.ID
	m.Version = strconv.Itoa(int(row.Code.Revision))
	m.SavedTitle, m.SavedTarget = row.Code.Title, db.Text(row.Code.TargetURL)
	m.Printed = row.Code.PrintedAt != nil || row.CodeTotal.Scans > 0
	m.ContentFixed, m.FixedContent = row.Code.PrintedAt != nil, db.Text(row.Code.Content)
	return m
}

// conflictForm is the form of the second of two people: with what the first
// changed where this one had changed nothing, and both versions side by side.
// Saving it again is then a decision made with the other's change in view.
func (s *Server) conflictForm(ctx context.Context, row db.CodeByIDRow, in codes.Input, conflict *codes.EditConflict) (views.CodeForm, codes.Input, error) {
	mine := codes.Change{Field: "logo", Before: in.Look.Logo}
	logos, err := s.logoNames(ctx, []codes.Event{{Changes: append([]codes.Change{mine}, conflict.Theirs...)}})
	if err != nil {
		return views.CodeForm{}, in, err
	}
	v := &views.Conflict{Who: conflict.Current.UpdatedBy, When: s.moment(conflict.Current.UpdatedAt)}
	for _, change := range conflict.Theirs {
		yours := s.localTime(in.Value(change.Field))
		theirs := s.localTime(change.After)
		if yours == s.localTime(change.Before) {
			in = in.With(change.Field, change.After)
			yours = theirs
		}
		label, theirs := changeWords(change.Field, theirs)
		_, yours = changeWords(change.Field, yours)
		v.Fields = append(v.Fields, views.ConflictField{
			Field: change.Field, Name: label, Theirs: views.LookValue(change.Field, theirs, logos), Yours: views.LookValue(change.Field, yours, logos),
		})
	}
	row.Code = conflict.Current
	m := s.editView(row, in)
	m.Conflict = v
	return m, in, nil
}

// localTime writes a time as a datetime-local input takes it; what is no time
// comes back as it was typed.
func (s *Server) localTime(typed string) string {
	t, err := time.Parse(time.RFC3339, typed)
	if err != nil {
		return typed
	}
	if t.Second() != 0 {
		return t.In(s.registry.Zone()).Format("2006-01-02T15:04:05")
	}
	return t.In(s.registry.Zone()).Format("2006-01-02T15:04")
}

func (s *Server) shortURL(c db.Code) string {
	if c.ShortID == nil {
		return ""
	}
	return s.links.ShortURL(*c.ShortID)
}
