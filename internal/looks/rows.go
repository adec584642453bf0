package looks

import (
	"fmt"
	"strconv"

	"qrgen/db"
	"qrgen/internal/qr"
)

// Columns is a style as the tables codes and style_presets keep it.
type Columns struct {
	Level       string
	AutoLevel   bool
	QuietZone   int16
	Dark, Light string
	Transparent bool
	ModuleShape string
	FinderShape string
	Caption     string
	LogoID      *int64
	LogoSize    int16
}

// Columns writes a style for the database.
func (s Style) Columns() Columns {
	return Columns{
		Level: s.Level.String(), AutoLevel: s.AutoLevel, QuietZone: int16(s.QuietZone), //nolint:gosec // 0 to 40, checked by Parse
		Dark: s.Dark.String(), Light: s.Light.String(), Transparent: s.Transparent,
		ModuleShape: s.Modules.String(), FinderShape: s.Finders.String(), Caption: s.Caption, LogoID: s.LogoID, LogoSize: int16(s.LogoSize), //nolint:gosec // a percentage, checked by Parse
	}
}

// ColumnsOfCode takes the style out of a code's row.
func ColumnsOfCode(c db.Code) Columns {
	return Columns{
		c.Level, c.AutoLevel, c.QuietZone, c.Dark, c.Light, c.Transparent, c.ModuleShape, c.FinderShape, c.Caption, c.LogoID, c.LogoSize,
	}
}

// OntoCode gives the row with this style.
func (k Columns) OntoCode(c db.Code) db.Code {
	c.Level, c.AutoLevel, c.QuietZone, c.Dark, c.Light = k.Level, k.AutoLevel, k.QuietZone, k.Dark, k.Light
	c.Transparent, c.ModuleShape, c.FinderShape = k.Transparent, k.ModuleShape, k.FinderShape
	c.Caption, c.LogoID, c.LogoSize = k.Caption, k.LogoID, k.LogoSize
	return c
}

func columnsOfPreset(p db.StylePreset) Columns {
	return Columns{
		p.Level, p.AutoLevel, p.QuietZone, p.Dark, p.Light, p.Transparent, p.ModuleShape, p.FinderShape, p.Caption, p.LogoID, p.LogoSize,
	}
}

// Style reads the columns; what the database holds is valid.
func (k Columns) Style() (Style, error) {
	level, levelErr := qr.ParseLevel(k.Level)
	dark, darkErr := qr.ParseColor(k.Dark)
	light, lightErr := qr.ParseColor(k.Light)
	modules, modulesErr := qr.ParseShape(k.ModuleShape)
	finders, findersErr := qr.ParseShape(k.FinderShape)
	for _, err := range []error{levelErr, darkErr, lightErr, modulesErr, findersErr} {
		if err != nil {
			return Style{}, fmt.Errorf("read a kept style: %w", err)
		}
	}
	return Style{Style: qr.Style{
		Level: level, AutoLevel: k.AutoLevel, QuietZone: int(k.QuietZone), Dark: dark, Light: light,
		Transparent: k.Transparent, Modules: modules, Finders: finders, Caption: k.Caption, LogoSize: int(k.LogoSize),
	}, LogoID: k.LogoID}, nil
}

// Look writes the columns as the look that would make them.
func (k Columns) Look() Look {
	l := Look{
		Level: k.Level, QuietZone: strconv.Itoa(int(k.QuietZone)), Dark: k.Dark, Light: k.Light,
		Transparent: strconv.FormatBool(k.Transparent), Modules: k.ModuleShape, Finders: k.FinderShape, Caption: k.Caption,
	}
	if k.AutoLevel {
		l.Level = LevelAuto
	}
	if k.LogoID != nil {
		l.Logo = strconv.FormatInt(*k.LogoID, 10)
	}
	if k.LogoSize != 0 {
		l.LogoSize = strconv.Itoa(int(k.LogoSize))
	}
	return l
}
