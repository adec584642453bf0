package looks

import (
	"context"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"qrgen/db"
	"qrgen/internal/errs"
)

const (
	// PresetsMax is how many presets are listed.
	PresetsMax = 200

	presetNameMax = 60 // characters; the database holds the same
)

// Preset is a look with a name. Changing it changes no code: each code has its
// own look.
type Preset struct {
	ID       int64
	Name     string
	Default  bool // new codes begin with it
	Look     Look
	Revision int32
	Row      db.StylePreset // when it was made and changed, and by whom
}

// Presets are the looks that an organisation has saved. It is safe for
// concurrent use.
type Presets struct {
	store *db.Store
	logos *Logos
}

// NewPresets gives the presets of a store.
func NewPresets(store *db.Store, logos *Logos) *Presets { return &Presets{store, logos} }

// List gives all presets by name.
func (p *Presets) List(ctx context.Context) ([]Preset, error) {
	rows, err := p.store.ListStylePresets(ctx, PresetsMax)
	if err != nil {
		return nil, fmt.Errorf("list the presets: %w", err)
	}
	list := make([]Preset, len(rows))
	for i, row := range rows {
		if list[i], err = presetOf(row); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// ByID gives a preset, or a NotFound error.
func (p *Presets) ByID(ctx context.Context, id int64) (Preset, error) {
	row, err := p.store.StylePresetByID(ctx, id)
	if errs.KindOf(err) == errs.NotFound {
		return Preset{}, errs.Wrap(errs.NotFound, "There is no such preset. It may have been removed.", err)
	}
	if err != nil {
		return Preset{}, fmt.Errorf("load preset %d: %w", id, err)
	}
	return presetOf(row)
}

// NewLook is what a new code begins with: the organisation's default preset,
// or the program's own style.
func (p *Presets) NewLook(ctx context.Context) (Look, error) {
	row, err := p.store.DefaultStylePreset(ctx)
	if errs.KindOf(err) == errs.NotFound {
		return Default().Look(), nil
	}
	if err != nil {
		return Look{}, fmt.Errorf("load the default preset: %w", err)
	}
	preset, err := presetOf(row)
	return preset.Look, err
}

// Create saves a look under a name. The error is Invalid on "preset_name" or
// on a field of the look.
func (p *Presets) Create(ctx context.Context, name string, look Look, isDefault bool, actor string) (Preset, error) {
	name, style, err := p.check(ctx, name, look)
	if err != nil {
		return Preset{}, err
	}
	k := style.Columns()
	var row db.StylePreset
	err = p.store.InTx(ctx, func(q *db.Queries) error {
		if isDefault {
			if err := q.ClearDefaultStylePreset(ctx, db.ClearDefaultStylePresetParams{Actor: actor}); err != nil {
				return err
			}
		}
		row, err = q.CreateStylePreset(ctx, db.CreateStylePresetParams{
			Name: name, IsDefault: isDefault, Level: k.Level, AutoLevel: k.AutoLevel, QuietZone: k.QuietZone, Dark: k.Dark, Light: k.Light,
			Transparent: k.Transparent, ModuleShape: k.ModuleShape, FinderShape: k.FinderShape, Caption: k.Caption, LogoID: k.LogoID, LogoSize: k.LogoSize, Actor: actor,
		})
		return err
	})
	if err != nil {
		return Preset{}, presetError("save the preset", err)
	}
	return presetOf(row)
}

// Update changes a preset that is still at the revision the form was filled
// from; else it is a Conflict. Codes keep the look they have.
func (p *Presets) Update(ctx context.Context, id int64, revision int32, name string, look Look, isDefault bool, actor string) (Preset, error) {
	name, style, err := p.check(ctx, name, look)
	if err != nil {
		return Preset{}, err
	}
	k := style.Columns()
	var row db.StylePreset
	err = p.store.InTx(ctx, func(q *db.Queries) error {
		if isDefault {
			if err := q.ClearDefaultStylePreset(ctx, db.ClearDefaultStylePresetParams{Actor: actor, ID: id}); err != nil {
				return err
			}
		}
		row, err = q.UpdateStylePreset(ctx, db.UpdateStylePresetParams{
			ID: id, Revision: revision, Name: name, IsDefault: isDefault, Level: k.Level, AutoLevel: k.AutoLevel, QuietZone: k.QuietZone,
			Dark: k.Dark, Light: k.Light, Transparent: k.Transparent, ModuleShape: k.ModuleShape, FinderShape: k.FinderShape,
			Caption: k.Caption, LogoID: k.LogoID, LogoSize: k.LogoSize, Actor: actor,
		})
		return err
	})
	if errs.KindOf(err) == errs.NotFound {
		now, lookErr := p.ByID(ctx, id)
		if lookErr != nil {
			return Preset{}, lookErr
		}
		return now, errs.Wrap(errs.Conflict, now.Row.UpdatedBy+" changed this preset while you were editing it. Nothing of yours was saved yet; save again to put yours in its place.", err)
	}
	if err != nil {
		return Preset{}, presetError("change the preset", err)
	}
	return presetOf(row)
}

// Remove deletes a preset. Codes made with it keep their look.
func (p *Presets) Remove(ctx context.Context, id int64) error {
	n, err := p.store.DeleteStylePreset(ctx, id)
	if err != nil {
		return fmt.Errorf("remove preset %d: %w", id, err)
	}
	if n == 0 {
		return errs.New(errs.NotFound, "There is no such preset. It may have been removed already.")
	}
	return nil
}

// check finds everything that is wrong with a name and a look.
func (p *Presets) check(ctx context.Context, name string, look Look) (string, Style, error) {
	var bad errs.Fields
	name, err := parsePresetName(name)
	bad.Check("preset_name", err)
	style, err := look.Parse()
	bad.Join(err)
	if err == nil {
		if _, err = p.logos.Style(ctx, style); err != nil && errs.KindOf(err) != errs.Invalid {
			return "", Style{}, err
		}
		bad.Join(err)
	}
	return name, style, bad.Err()
}

func parsePresetName(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s):
		return "", errs.New(errs.Invalid, "The name has characters that are not text (invalid UTF-8).")
	case strings.ContainsFunc(s, unicode.IsControl):
		return "", errs.New(errs.Invalid, "The name has line breaks or other control characters. Keep it on one line.")
	case !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }):
		return "", errs.New(errs.Invalid, "Give the preset a name, such as “College blue”.")
	case utf8.RuneCountInString(s) > presetNameMax:
		return "", errs.New(errs.Invalid, "The name is too long; 60 characters is the most.")
	}
	return s, nil
}

// presetError says what a person can do about a name that is taken.
func presetError(doing string, err error) error {
	switch {
	case db.Violates(err, db.PresetNameUnique):
		e := errs.InvalidField("preset_name", "There is a preset of this name already. Choose another name, or change that preset.")
		e.Err = err
		return e
	case db.Violates(err, db.OneDefaultPreset):
		return errs.Wrap(errs.Conflict, "Somebody else made another preset the default at the same moment. Try again.", err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func presetOf(row db.StylePreset) (Preset, error) {
	style, err := columnsOfPreset(row).Style()
	if err != nil {
		return Preset{}, fmt.Errorf("preset %d: %w", row.ID, err)
	}
	return Preset{ID: row.ID, Name: row.Name, Default: row.IsDefault, Look: style.Look(), Revision: row.Revision, Row: row}, nil
}
