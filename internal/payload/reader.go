package payload

import (
	"net/mail"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"qrgen/internal/errs"
)

// Rules are what the organisation adds to reading a payload.
type Rules struct {
	Zone *time.Location               // the office's: of times without one
	Web  func(string) (string, error) // reads an http or https address
}

// reader gathers the clean fields of a payload and what is wrong with others.
type reader struct {
	rules  Rules
	fields Fields
	bad    errs.Fields
}

func (r *reader) refuse(field, message string) { r.bad.Check(field, errs.New(errs.Invalid, message)) }

// set puts a clean value; an empty one is left out.
func (r *reader) set(field, s string) {
	delete(r.fields, field)
	if s != "" {
		r.fields[field] = s
	}
}

// read cleans one field and checks what its description says.
func (r *reader) read(f Field, s string) {
	s = newlines.Replace(s)
	if !f.Exact {
		s = strings.TrimSpace(s)
	}
	message := f.checkText(s)
	var err error
	switch {
	case message != "" || s == "":
	case f.Kind == Choice:
		message = f.checkOption(s)
	case f.Kind == Flag && s != FlagOn:
		message = "Set it to " + FlagOn + ", or leave it out."
	case f.Kind == Dial:
		s, message = cleanDial(s)
	case f.Kind == Mail:
		s, message = cleanMail(s)
	case f.Kind == Web:
		s, err = r.rules.Web(s)
	case f.Kind == Line, f.Kind == Area, f.Kind == Flag, f.Kind == Number, f.Kind == Moment:
	}
	switch {
	case message != "":
		r.refuse(f.Name, message)
	case err != nil:
		r.bad.Check(f.Name, err)
	case s == "" && f.Kind == Choice:
		r.set(f.Name, f.Options[0].Value)
	default:
		r.set(f.Name, s)
	}
}

// newlines undoes what forms do to line breaks (HTML Standard, form
// submission): they send CR LF.
var newlines = strings.NewReplacer("\r\n", "\n", "\r", "\n")

func (f Field) checkText(s string) string {
	control := func(r rune) bool { return unicode.IsControl(r) && (f.Kind != Area || r != '\n' && r != '\t') }
	n := utf8.RuneCountInString(s)
	switch {
	case f.Missing != "" && strings.TrimSpace(s) == "":
		return f.Missing
	case !utf8.ValidString(s):
		return "This has characters that are not text (invalid UTF-8)."
	case f.Kind != Area && strings.Contains(s, "\n"):
		return "Keep this on one line."
	case strings.ContainsFunc(s, control):
		return "This has control characters that phones can't show. Type it anew."
	case f.Max > 0 && n > f.Max:
		return "This has " + strconv.Itoa(n) + " characters; " + strconv.Itoa(f.Max) + " is the most."
	}
	return ""
}

func (f Field) checkOption(s string) string {
	names := make([]string, len(f.Options))
	for i, o := range f.Options {
		if o.Value == s {
			return ""
		}
		names[i] = o.Value
	}
	return "Choose one of " + strings.Join(names, ", ") + "."
}

// cleanDial gives a phone number as RFC 3966 has it, without what people put
// between the digits. The (0) in +49 (0)89 is dialled within the country only.
func cleanDial(s string) (number, problem string) {
	rest, international := strings.CutPrefix(s, "+")
	if international {
		rest = strings.Replace(rest, "(0)", "", 1)
	}
	digits := strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' || r == '.' || r == '/' || r == '(' || r == ')' || r == '\u2010' || r == '\u2011' || r == '\u2013' || unicode.Is(unicode.Zs, r) {
			return -1
		}
		return r
	}, rest)
	switch {
	case strings.Trim(digits, "0123456789") != "" || digits == "":
		return "", "A phone number has digits, with a + in front where it begins with the country code. Example: +49 89 1234567"
	case len(digits) < 2 || len(digits) > 20:
		return "", "A phone number has 2 to 20 digits; this has " + strconv.Itoa(len(digits)) + "."
	case international && digits[0] == '0':
		return "", "After the + comes the country code, which does not begin with 0. Example: +49 89 1234567"
	}
	if international {
		digits = "+" + digits
	}
	return digits, ""
}

// cleanMail gives an e-mail address (RFC 5322 addr-spec, unquoted) with its
// host in ASCII.
func cleanMail(s string) (address, problem string) {
	const wrong = "This is no e-mail address. Example: info@example.edu"
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return "", wrong
	}
	at := strings.LastIndexByte(s, '@')
	host, err := idna.Lookup.ToASCII(s[at+1:])
	if err != nil || !strings.Contains(strings.Trim(host, "."), ".") || strings.HasPrefix(host, "[") {
		return "", wrong
	}
	return s[:at+1] + host, ""
}
