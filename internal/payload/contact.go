package payload

import (
	"strings"
	"time"
)

// The forms that a contact is written in.
const (
	formatVCard3 = "vcard3"
	formatVCard4 = "vcard4"
	formatMeCard = "mecard"
)

func contactFields() []Field {
	return []Field{
		{Name: "given_name", Label: "First name", Max: 100},
		{Name: "family_name", Label: "Last name", Max: 100},
		{Name: "organization", Label: "Organisation", Max: 200},
		{Name: "job_title", Label: "Job title", Max: 200},
		{Name: "phone", Label: "Phone at work", Kind: Dial, Hint: dialHint},
		{Name: "mobile", Label: "Mobile phone", Kind: Dial},
		{Name: "email", Label: "E-mail address", Kind: Mail, Max: 254},
		{Name: "website", Label: "Web site", Kind: Web},
		{Name: "street", Label: "Street and number", Max: 200},
		{Name: "postal_code", Label: "Postal code", Max: 20},
		{Name: "city", Label: "City", Max: 100},
		{Name: "region", Label: "State or region", Max: 100},
		{Name: "country", Label: "Country", Max: 100},
		{Name: "note", Label: "Note", Kind: Area, Max: 500},
		{Name: "format", Label: "Written as", Kind: Choice, Hint: "Change it only if a program asks for another form.", Options: []Option{
			{formatVCard3, "vCard 3.0 (every phone)"}, {formatVCard4, "vCard 4.0 (newer)"}, {formatMeCard, "MeCard (smallest symbol, fewer fields)"},
		}},
	}
}

// contact is a person or an organisation.
type contact struct{ f Fields }

func parseContact(r *reader) value {
	c := contact{r.fields}
	switch {
	case c.name() == "":
		r.refuse("given_name", "Enter a first name, a last name or an organisation.")
	case r.fields["format"] == formatMeCard && r.fields["job_title"] != "":
		r.refuse("job_title", "A MeCard has no place for a job title. Leave it empty, or choose vCard.")
	}
	return c
}

// name is what the contact is filed under.
func (c contact) name() string {
	if name := strings.TrimSpace(c.f["given_name"] + " " + c.f["family_name"]); name != "" {
		return name
	}
	return c.f["organization"]
}

func (c contact) summary() string {
	if org := c.f["organization"]; org != "" && org != c.name() {
		return c.name() + ", " + org
	}
	return c.name()
}

func (c contact) content() string {
	if c.f["format"] == formatMeCard {
		return c.meCard()
	}
	return c.vCard(time.Time{})
}

// vCard writes vCard 3.0 (RFC 2426) or 4.0 (RFC 6350). For these properties
// they differ in semicolons alone: 3.0 escapes them wherever they are, 4.0 need
// not where a value has no parts, and some of its readers show the backslash
// there. The time is that of the last revision;
// the zero time is left out, to keep symbols small.
func (c contact) vCard(revised time.Time) string {
	var b lines
	version := "3.0"
	if c.f["format"] == formatVCard4 {
		version, b.bare = "4.0", true
	}
	b.add("BEGIN", "VCARD")
	b.add("VERSION", version)
	b.add("N", structured(c.f["family_name"], c.f["given_name"], "", "", ""))
	b.addText("FN", c.name())
	if org := c.f["organization"]; org != "" {
		b.add("ORG", structured(org))
	}
	b.addText("TITLE", c.f["job_title"])
	b.addText("TEL;TYPE=WORK", c.f["phone"])
	b.addText("TEL;TYPE=CELL", c.f["mobile"])
	b.addText("EMAIL", c.f["email"])
	if web := c.f["website"]; web != "" {
		b.add("URL", web) // a URI, not text: commas stay as they are
	}
	if adr := structured("", "", c.f["street"], c.f["city"], c.f["region"], c.f["postal_code"], c.f["country"]); adr != ";;;;;;" {
		b.add("ADR;TYPE=WORK", adr)
	}
	b.addText("NOTE", c.f["note"])
	if !revised.IsZero() {
		b.add("REV", revised.UTC().Format(utcTime))
	}
	b.add("END", "VCARD")
	return b.String()
}

func structured(parts ...string) string {
	for i, part := range parts {
		parts[i] = escapeText(part)
	}
	return strings.Join(parts, ";")
}

// meCard writes NTT DOCOMO's MeCard: about half as long as a vCard.
func (c contact) meCard() string {
	name := meCardEscapes.Replace(c.f["family_name"])
	if given := meCardEscapes.Replace(c.f["given_name"]); name == "" {
		name = given
	} else if given != "" {
		name += "," + given
	}
	org := c.f["organization"]
	if name == "" {
		name, org = meCardEscapes.Replace(org), ""
	}
	var b strings.Builder
	b.WriteString("MECARD:N:" + name + ";")
	for _, field := range [][2]string{
		{"ORG", org}, {"TEL", c.f["phone"]}, {"TEL", c.f["mobile"]}, {"EMAIL", c.f["email"]},
		{"URL", c.f["website"]}, {"ADR", c.addressLine()}, {"NOTE", c.f["note"]},
	} {
		if field[1] != "" {
			b.WriteString(field[0] + ":" + meCardEscapes.Replace(field[1]) + ";")
		}
	}
	return b.String() + ";"
}

var meCardEscapes = strings.NewReplacer(`\`, `\\`, `;`, `\;`, `,`, `\,`, `:`, `\:`)

// addressLine is the address on one line: phones show a MeCard's as it stands.
func (c contact) addressLine() string {
	var parts []string
	for _, part := range []string{c.f["street"], strings.TrimSpace(c.f["postal_code"] + " " + c.f["city"]), c.f["region"], c.f["country"]} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	return strings.Join(parts, ", ")
}
