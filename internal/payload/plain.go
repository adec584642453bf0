package payload

import "strings"

// plain is text or an address that a symbol holds as it is.
type plain string

func (p plain) content() string { return string(p) }
func (p plain) summary() string { return strings.Join(strings.Fields(string(p)), " ") }

// phone is a number to call (RFC 3966).
type phone string

func (p phone) content() string { return "tel:" + string(p) }
func (p phone) summary() string { return string(p) }

// sms is a message to a phone number. SMSTO:, which came from NTT DOCOMO's
// phones, is read by more programs than sms: (RFC 5724) with a body.
type sms struct{ number, message string }

func (s sms) summary() string { return s.number }

func (s sms) content() string {
	if s.message == "" {
		return "SMSTO:" + s.number
	}
	return "SMSTO:" + s.number + ":" + s.message
}

func emailFields() []Field {
	return []Field{
		{Name: "to", Label: "E-mail address", Kind: Mail, Max: 254, Missing: "Enter the address that the e-mail goes to."},
		{Name: "subject", Label: "Subject", Max: 200},
		{Name: "body", Label: "Text", Kind: Area, Max: 1000, Hint: "What stands in the e-mail already; the person can change it."},
	}
}

// email is a new e-mail (RFC 6068).
type email struct{ to, subject, body string }

func (e email) summary() string { return e.to }

func (e email) content() string {
	at := strings.LastIndexByte(e.to, '@')
	var b strings.Builder
	b.WriteString("mailto:" + percent(e.to[:at]) + "@" + e.to[at+1:])
	mark := "?"
	for _, field := range [][2]string{{"subject", e.subject}, {"body", strings.ReplaceAll(e.body, "\n", "\r\n")}} {
		if field[1] != "" {
			b.WriteString(mark + field[0] + "=" + percent(field[1]))
			mark = "&"
		}
	}
	return b.String()
}

// percent encodes all but RFC 3986's unreserved characters: some readers take
// a + for a space.
func percent(s string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('%')
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
