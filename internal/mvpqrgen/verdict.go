package mvpqrgen

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"qrgen/db"
	"qrgen/internal/codes"
	"qrgen/internal/errs"
	"qrgen/internal/qr"
)

// Outcome is what becomes of a code.
type Outcome string

// The outcomes.
const (
	New     Outcome = "new"     // it is brought over
	There   Outcome = "there"   // an earlier import did; later scans are brought over
	Refused Outcome = "refused" // it can't be
)

// Verdict is what becomes of one code of that system, and what a person should
// know of it.
type Verdict struct {
	SourceID, ShortID, Title string
	Outcome                  Outcome
	Notes                    []string // the reason where it is refused, else what was changed
	Scans                    int      // single scans that are brought over
	Counted                  int64    // scans that were only counted

	code   db.ImportCodeParams
	place  int // among those that are brought over
	codeID int64
	until  *time.Time // the last scan of an earlier import
	last   *time.Time // and of this one
	host   string     // that its printed symbol leads to
}

func (v *Verdict) note(format string, args ...any) {
	v.Notes = append(v.Notes, fmt.Sprintf(format, args...))
}

func (v *Verdict) refuse(format string, args ...any) {
	v.Outcome, v.Notes = Refused, []string{fmt.Sprintf(format, args...)}
}

// judge turns a code of that system into one of ours, as far as it can be.
func judge(c *sourceCode, rules codes.Rules) *Verdict {
	v := &Verdict{SourceID: c.ID, Outcome: New}
	style := v.style(c)
	v.code.Level, v.code.QuietZone = style.Level.String(), int16(style.QuietZone) //nolint:gosec // 0 to 40, checked by style
	v.code.Dark, v.code.Light = style.Dark.String(), style.Light.String()
	v.code.Actor, v.code.CreatedAt = "mvp_qr_gen", time.Now()
	if c.CreatedAt != nil {
		v.code.CreatedAt = c.CreatedAt.Time
	}
	var content string
	switch strings.ToLower(c.Type) {
	case "dynamic":
		content = v.dynamic(c, rules)
	case "static":
		content = v.static(c)
	default:
		v.refuse("its type %q is neither static nor dynamic", c.Type)
	}
	if v.Outcome != Refused {
		v.fit(content, style.Level)
	}
	v.texts(c)
	return v
}

func (v *Verdict) dynamic(c *sourceCode, rules codes.Rules) (content string) {
	v.code.Kind = string(codes.Dynamic)
	printed, err := url.Parse(c.Content)
	if err == nil {
		v.host = strings.ToLower(printed.Host)
	}
	shortID := strings.TrimSpace(db.Text(c.ShortID))
	if shortID == "" && err == nil { // rows older than the column
		_, shortID, _ = strings.Cut(printed.Path, "/r/")
	}
	id, err := codes.ParseShortID(shortID)
	if err != nil {
		v.refuse("its short ID %q can't be kept: %s", shortID, words(err))
		return ""
	}
	v.ShortID = string(id)
	v.code.ShortID = &v.ShortID
	if v.ShortID != shortID {
		v.note("its short ID %s is kept as %s; both lead to it", shortID, v.ShortID)
	}
	if strings.TrimSpace(db.Text(c.RedirectURL)) == "" {
		v.refuse("it leads nowhere: it has no redirect_url")
		return ""
	}
	target, err := rules.ParseTarget(*c.RedirectURL)
	if err != nil {
		v.refuse("its target %.100q is not possible: %s", *c.RedirectURL, words(err))
		return ""
	}
	v.code.TargetURL = new(string(target))
	return rules.Links.SymbolURL(v.ShortID)
}

// static keeps the content byte for byte: it is what was printed.
func (v *Verdict) static(c *sourceCode) (content string) {
	v.code.Kind = string(codes.Static)
	if c.Content == "" {
		v.refuse("it says nothing: its content is empty")
		return ""
	}
	v.code.Content = &c.Content
	return c.Content
}

// fit lowers the level where the content does not fit the symbol otherwise.
func (v *Verdict) fit(content string, level qr.Level) {
	for l := level; ; l-- {
		_, err := qr.Encode(content, l)
		if err == nil {
			if l != level {
				v.note("error correction %s in the place of %s: the content is too long for that", l, level)
			}
			v.code.Level = l.String()
			return
		}
		if l == qr.L {
			v.refuse("its content fits no symbol: %s", words(err))
			return
		}
	}
}

// texts keeps title and description, cut where they are too long.
func (v *Verdict) texts(c *sourceCode) {
	title, description := oneLine(db.Text(c.Title)), printable(db.Text(c.Description))
	if title == "" {
		title = "Imported code " + v.ShortID
		if v.ShortID == "" {
			title = "Imported: " + cutRunes(oneLine(c.Content), 60)
		}
		v.addNote("it had no title")
	}
	if utf8.RuneCountInString(title) > codes.TitleMax {
		v.addNote("its title is cut; the description begins with the whole of it")
		description = strings.TrimSpace(title + "\n" + description)
		title = cutRunes(title, codes.TitleMax)
	}
	if utf8.RuneCountInString(description) > codes.DescriptionMax {
		v.addNote("its description is cut to 500 characters")
		description = cutRunes(description, codes.DescriptionMax)
	}
	v.Title, v.code.Title, v.code.Description = title, title, description
	if c.HasLogo {
		v.addNote("its logo is not brought over: what is printed keeps it")
	}
}

// addNote notes what was changed; of a refused code nothing is.
func (v *Verdict) addNote(note string) {
	if v.Outcome != Refused {
		v.note("%s", note)
	}
}

// style reads how it looks; what is not possible here becomes the default.
func (v *Verdict) style(c *sourceCode) qr.Style {
	style := qr.DefaultStyle()
	if level, err := qr.ParseLevel(strings.ToUpper(c.Level)); err == nil {
		style.Level = level
	} else if c.Level != "" {
		v.note("its error correction %q is not known: %s", c.Level, style.Level)
	}
	if c.Border != nil && *c.Border >= 0 && *c.Border <= qr.MaxQuietZone {
		style.QuietZone = *c.Border
	} else if c.Border != nil {
		v.note("its border %s is not possible: %d", strconv.Itoa(*c.Border), style.QuietZone)
	}
	dark, darkErr := color(c.Fill, qr.Black)
	light, lightErr := color(c.Back, qr.White)
	colored := style
	colored.Dark, colored.Light = dark, light
	if err := errors.Join(darkErr, lightErr, colored.Check()); err != nil {
		v.note("its colours %q on %q do not scan or are not known: black on white", c.Fill, c.Back)
		return style
	}
	return colored
}

// color reads the names that were that system's defaults, and #RRGGBB.
func color(s string, missing qr.Color) (qr.Color, error) {
	switch strings.ToLower(strings.TrimSpace(s)) {
	case "":
		return missing, nil
	case "black":
		return qr.Black, nil
	case "white":
		return qr.White, nil
	}
	return qr.ParseColor(strings.TrimSpace(s))
}

// words is what an error says to people.
func words(err error) string {
	if e, ok := errors.AsType[*errs.Error](err); ok && e.Message != "" {
		return e.Message
	}
	return err.Error()
}

// oneLine makes a title of a text: without line breaks and what can't be seen.
func oneLine(s string) string { return strings.Join(strings.Fields(printable(s)), " ") }

func printable(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "�"))
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(s)
}

func cutRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return strings.TrimSpace(string([]rune(s)[:n-1])) + "…"
}
