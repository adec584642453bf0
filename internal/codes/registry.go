package codes

import (
	"context"
	"fmt"
	"time"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/looks"
	"qrgen/internal/qr"
)

// drawsMax is how often a short ID is drawn again after a collision. With 40
// bits a second draw is already one in a million at a million codes.
const drawsMax = 5

// Registry is the one way to read and change codes, for pages and API alike.
// It is safe for concurrent use.
type Registry struct {
	store   *db.Store
	rules   Rules
	zone    *time.Location
	tell    func(db.Code)
	watch   func(ctx context.Context, codeID int64, e Event)
	logos   *looks.Logos
	presets *looks.Presets
}

// NewRegistry makes the registry over a store. Zone is the office's. Tell,
// which may be nil, is called with each code that was made or changed, once
// that is committed.
func NewRegistry(store *db.Store, rules Rules, zone *time.Location, tell func(db.Code)) *Registry {
	if tell == nil {
		tell = func(db.Code) {}
	}
	logos := looks.NewLogos(store)
	return &Registry{
		store: store, rules: rules, zone: zone, tell: tell, watch: func(context.Context, int64, Event) {},
		logos: logos, presets: looks.NewPresets(store, logos),
	}
}

// Logos gives the logos that codes can have.
func (r *Registry) Logos() *looks.Logos { return r.logos }

// Presets gives the looks that codes can begin with.
func (r *Registry) Presets() *looks.Presets { return r.presets }

// Style gives a code's style with its logo, ready to be drawn.
func (r *Registry) Style(ctx context.Context, c db.Code) (qr.Style, error) {
	style, err := looks.ColumnsOfCode(c).Style()
	if err != nil {
		return qr.Style{}, fmt.Errorf("code %d: %w", c.ID, err)
	}
	return r.logos.Style(ctx, style)
}

// Watch has every event told to fn, once it is committed. Call it before the
// registry is used.
func (r *Registry) Watch(fn func(ctx context.Context, codeID int64, e Event)) { r.watch = fn }

// Links gives the addresses of codes.
func (r *Registry) Links() Links { return r.rules.Links }

// Zone gives the office's time zone.
func (r *Registry) Zone() *time.Location { return r.zone }

// Parse checks an input without keeping anything, for previews.
func (r *Registry) Parse(in Input) (Draft, error) { return r.rules.Parse(in, r.zone) }

// parse is Parse, and holds that the logo is there and that the symbol reads.
func (r *Registry) parse(ctx context.Context, in Input) (Draft, error) {
	d, err := r.Parse(in)
	if err != nil {
		return Draft{}, err
	}
	style, err := r.logos.Style(ctx, d.Style)
	if err != nil || d.Style == looks.Default() {
		return d, err
	}
	// A look that can't be handed out is not kept either: the form is where it
	// can be mended.
	_, err = qr.Render(qr.Request{Content: d.symbolContent(r.rules.Links), Style: style})
	return d, err
}

// ByID gives a code with its counters, or a NotFound error.
func (r *Registry) ByID(ctx context.Context, id int64) (db.CodeByIDRow, error) {
	row, err := r.store.CodeByID(ctx, id)
	if errs.KindOf(err) == errs.NotFound {
		return row, errs.Wrap(errs.NotFound, "There is no code with this number.", err)
	}
	if err != nil {
		return row, fmt.Errorf("load code %d: %w", id, err)
	}
	return row, nil
}

// CheckShortID says whether a chosen short ID could be taken now; the error
// says why not.
func (r *Registry) CheckShortID(ctx context.Context, s string) (ShortID, error) {
	id, err := ParseShortID(s)
	if err != nil {
		return "", err
	}
	taken, err := r.store.ShortIDTaken(ctx, string(id))
	if err != nil {
		return "", fmt.Errorf("look up short ID: %w", err)
	}
	if taken {
		return "", errShortIDTaken(nil)
	}
	return id, nil
}

func errShortIDTaken(cause error) error {
	e := errs.InvalidField("short_id", "This short ID is taken. A printed short ID is never given away again; please choose another one.")
	e.Err = cause
	return e
}

// ErrTokenUsed is a token that made another code before.
var ErrTokenUsed = errs.New(errs.Conflict, "This form made another code already.")

// Create makes a code from an input. A token, where given, is good for one
// code: asked again with the same one and the same input, Create gives the code
// made before. For another input it is ErrTokenUsed.
func (r *Registry) Create(ctx context.Context, in Input, token string, actor Actor) (db.Code, error) {
	d, err := r.parse(ctx, in)
	if err != nil {
		return db.Code{}, err
	}
	drawn := d.Kind == Dynamic && d.ShortID == ""
	for range drawsMax {
		if drawn {
			d.ShortID = GenerateShortID()
		}
		var c db.Code
		if c, err = r.create(ctx, d, token, actor); err == nil {
			r.tell(c)
			return c, nil
		}
		if errs.KindOf(err) == errs.Conflict && token != "" {
			if made, lookErr := r.store.CodeByFormToken(ctx, token); lookErr == nil {
				if d.Makes(made, drawn, r.zone) {
					return made, nil
				}
				return db.Code{}, ErrTokenUsed
			}
		}
		if !db.Violates(err, db.ShortIDUnique) {
			break
		}
		if !drawn {
			return db.Code{}, errShortIDTaken(err)
		}
	}
	return db.Code{}, fmt.Errorf("create code: %w", err)
}

// Makes says whether c is what the draft would make. A short ID that was drawn
// is whatever was drawn then.
func (d Draft) Makes(c db.Code, drawn bool, zone *time.Location) bool {
	after, err := d.onto(c, time.Now())
	return err == nil && string(d.Kind) == c.Kind && (drawn || string(d.ShortID) == db.Text(c.ShortID)) && len(Diff(c, after, zone)) == 0
}

func (r *Registry) create(ctx context.Context, d Draft, token string, actor Actor) (db.Code, error) {
	var c db.Code
	err := r.inTx(ctx, func(q *change) (err error) {
		if c, err = q.insert(ctx, d, token, actor); err != nil {
			return err
		}
		return q.addEvent(ctx, c, ActionCreated, nil, actor)
	})
	return c, err
}

// insert makes a draft a code, without its history.
func (c *change) insert(ctx context.Context, d Draft, token string, actor Actor) (db.Code, error) {
	code, err := d.onto(db.Code{Kind: string(d.Kind), ShortID: optional(d.ShortID)}, time.Now())
	if err != nil {
		return code, err
	}
	return c.CreateCode(ctx, db.CreateCodeParams{
		Kind: code.Kind, ShortID: code.ShortID, Title: code.Title, Description: code.Description,
		TargetURL: code.TargetURL, Content: code.Content, PayloadType: code.PayloadType, PayloadFields: code.PayloadFields,
		FallbackURL: code.FallbackURL, StartsAt: code.StartsAt, ExpiresAt: code.ExpiresAt,
		Level: code.Level, AutoLevel: code.AutoLevel, QuietZone: code.QuietZone, Dark: code.Dark, Light: code.Light, Transparent: code.Transparent,
		ModuleShape: code.ModuleShape, FinderShape: code.FinderShape, Caption: code.Caption, LogoID: code.LogoID, LogoSize: code.LogoSize,
		FormToken: optional(token), Actor: actor.Name,
	})
}

// Move pauses, resumes, retires or restores a code.
func (r *Registry) Move(ctx context.Context, id int64, move Move, actor Actor) (db.Code, error) {
	var after db.Code
	err := r.inTx(ctx, func(q *change) error {
		before, err := q.LockCode(ctx, id)
		if err != nil {
			return err
		}
		after = before
		state, err := move.apply(before)
		if err != nil || string(state) == before.State {
			return err
		}
		after, err = q.SetCodeState(ctx, db.SetCodeStateParams{ID: id, State: string(state), Actor: actor.Name})
		if err != nil {
			return err
		}
		changes := []Change{{Field: "state", Before: before.State, After: after.State}}
		return q.addEvent(ctx, after, string(move), changes, actor)
	})
	if err != nil {
		return db.Code{}, fmt.Errorf("set code %d to %s: %w", id, move, err)
	}
	r.tell(after)
	return after, nil
}

// Receipt is what exactly was handed out.
type Receipt struct {
	File   string // "SVG, 30 mm"
	Grade  string // A to C
	SHA256 string // of the file's bytes, in hexadecimal
}

func (r Receipt) changes() []Change {
	list := []Change{{Field: "file", After: r.File}}
	if r.SHA256 != "" { // a code on a print sheet is no file of its own
		list = append(list, Change{Field: "grade", After: r.Grade}, Change{Field: FieldSHA256, After: r.SHA256})
	}
	return list
}

// Downloaded notes that an image of the code was taken, with its receipt: from
// now on paper may be out there.
func (r *Registry) Downloaded(ctx context.Context, id int64, receipt Receipt, actor Actor) error {
	err := r.inTx(ctx, func(q *change) error {
		revision, err := q.MarkCodePrinted(ctx, id)
		if err != nil {
			return err
		}
		return q.addEvent(ctx, db.Code{ID: id, Revision: revision}, ActionDownloaded, receipt.changes(), actor)
	})
	if err != nil {
		return fmt.Errorf("note the download of code %d: %w", id, err)
	}
	return nil
}

// History lists the latest limit events of a code, newest first.
func (r *Registry) History(ctx context.Context, id int64, limit int32) ([]Event, error) {
	rows, err := r.store.ListCodeEvents(ctx, db.ListCodeEventsParams{CodeID: id, RowLimit: limit})
	if err != nil {
		return nil, fmt.Errorf("load the history of code %d: %w", id, err)
	}
	events := make([]Event, len(rows))
	for i, row := range rows {
		if events[i], err = eventOf(row); err != nil {
			return nil, err
		}
	}
	return events, nil
}
