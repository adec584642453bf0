package looks

import (
	"context"
	"fmt"
	"path"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"qrgen/db"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
)

const (
	// LogosMax is how many logos an organisation may have: what a person can
	// still choose from, and what is listed without paging.
	LogosMax = 500

	logoNameMax = 100 // characters

	// loadedMax bounds the logos kept in memory.
	loadedMax = 32
)

// Logos are the pictures that were uploaded. It is safe for concurrent use.
type Logos struct {
	store *db.Store

	mu     sync.Mutex
	loaded map[int64]*qr.Logo // a logo never changes, so what is here stays true
}

// NewLogos gives the logos of a store.
func NewLogos(store *db.Store) *Logos { return &Logos{store: store, loaded: map[int64]*qr.Logo{}} }

// Upload keeps a picture under the name of its file and gives its number. The
// same picture is kept once: uploaded again, it is the logo that is there. The
// error is Invalid on the field "logo_file" where the data is no picture that
// can be a logo.
func (l *Logos) Upload(ctx context.Context, file string, data []byte, actor string) (int64, error) {
	logo, err := qr.ParseLogo(data)
	if err != nil {
		return 0, onField("logo_file", err)
	}
	if n, err := l.store.CountLogos(ctx); err != nil || n >= LogosMax {
		if err != nil {
			return 0, fmt.Errorf("count the logos: %w", err)
		}
		return 0, errs.InvalidField("logo_file", "There are "+strconv.Itoa(LogosMax)+" logos already. Remove one that is not in use first.")
	}
	width, height := logo.Size()
	id, err := l.store.CreateLogo(ctx, db.CreateLogoParams{
		Name: logoName(file), Png: logo.PNG(), Hash: logo.Hash(), Width: int32(width), Height: int32(height), Actor: actor, //nolint:gosec // ParseLogo bounds them
	})
	if db.Violates(err, db.LogoUnique) {
		id, err = l.store.LogoByHash(ctx, logo.Hash())
	}
	if err != nil {
		return 0, fmt.Errorf("keep a logo: %w", err)
	}
	return id, nil
}

// Style gives a style with its logo, ready to be drawn. A logo that is not
// there is Invalid on the field "logo".
func (l *Logos) Style(ctx context.Context, s Style) (qr.Style, error) {
	if s.LogoID == nil {
		return s.Style, nil
	}
	logo, err := l.ByID(ctx, *s.LogoID)
	if errs.KindOf(err) == errs.NotFound {
		return qr.Style{}, errs.InvalidField("logo", "This logo was removed. Choose another one, or none.")
	}
	style := s.Style
	style.Logo = logo
	return style, err
}

// ByID gives a logo, or a NotFound error.
func (l *Logos) ByID(ctx context.Context, id int64) (*qr.Logo, error) {
	l.mu.Lock()
	logo := l.loaded[id]
	l.mu.Unlock()
	if logo != nil {
		return logo, nil
	}
	png, err := l.store.LogoPNG(ctx, id)
	if errs.KindOf(err) == errs.NotFound {
		return nil, errs.Wrap(errs.NotFound, "There is no such logo.", err)
	}
	if err != nil {
		return nil, fmt.Errorf("load logo %d: %w", id, err)
	}
	if logo, err = qr.OpenLogo(png); err != nil {
		return nil, fmt.Errorf("read logo %d: %w", id, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for other := range l.loaded { // any one: more than loadedMax in use at once is rare
		if len(l.loaded) < loadedMax {
			break
		}
		delete(l.loaded, other)
	}
	l.loaded[id] = logo
	return logo, nil
}

// List gives all logos by name, with how often each is used.
func (l *Logos) List(ctx context.Context) ([]db.ListLogosRow, error) {
	rows, err := l.store.ListLogos(ctx, LogosMax)
	if err != nil {
		return nil, fmt.Errorf("list the logos: %w", err)
	}
	return rows, nil
}

// Names gives the names of logos, as far as they are there, by their numbers.
func (l *Logos) Names(ctx context.Context, ids []int64) (map[string]string, error) {
	rows, err := l.store.LogoNames(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("look up the names of logos: %w", err)
	}
	names := make(map[string]string, len(rows))
	for _, row := range rows {
		names[strconv.FormatInt(row.ID, 10)] = row.Name
	}
	return names, nil
}

// Uses gives the latest codes of each logo, at most so many.
func (l *Logos) Uses(ctx context.Context, forEach int32) (map[int64][]db.ListLogoUsesRow, error) {
	rows, err := l.store.ListLogoUses(ctx, db.ListLogoUsesParams{ForEach: forEach, RowLimit: forEach * LogosMax})
	if err != nil {
		return nil, fmt.Errorf("list where logos are used: %w", err)
	}
	uses := map[int64][]db.ListLogoUsesRow{}
	for _, row := range rows {
		uses[row.LogoID] = append(uses[row.LogoID], row)
	}
	return uses, nil
}

// Remove deletes a logo that no code and no preset uses; it is a Conflict if
// one does.
func (l *Logos) Remove(ctx context.Context, id int64) error {
	n, err := l.store.DeleteLogo(ctx, id)
	if db.Violates(err, db.CodeLogo) || db.Violates(err, db.PresetLogo) {
		return errs.Wrap(errs.Conflict, "This logo is in use, so it stays. Give the codes and presets that have it another one first.", err)
	}
	if err != nil {
		return fmt.Errorf("remove logo %d: %w", id, err)
	}
	if n == 0 {
		return errs.New(errs.NotFound, "There is no such logo. It may have been removed already.")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.loaded, id)
	return nil
}

// logoName makes a name of a file's: without folders, ending and what cannot
// be read.
func logoName(file string) string {
	file = path.Base(strings.ReplaceAll(strings.ToValidUTF8(file, ""), `\`, "/"))
	file = strings.TrimSuffix(file, path.Ext(file))
	name := strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, file)), " ")
	if name == "" || name == "." {
		return "Logo"
	}
	if utf8.RuneCountInString(name) > logoNameMax {
		name = string([]rune(name)[:logoNameMax])
	}
	return name
}

// onField says which field an Invalid error is about.
func onField(name string, err error) error {
	if errs.KindOf(err) != errs.Invalid {
		return err
	}
	var bad errs.Fields
	bad.Check(name, err)
	return bad.Err()
}
