package payload_test

import (
	"fmt"
	"net/url"
	"strings"
)

// The decoders of these tests read content as the published formats have it,
// and share nothing with the writers. node_test.go asks one that we did not
// write.

// fieldsAfter takes "K:v;K:v;;" apart, as ZXing does for Wi-Fi and MeCard: a
// backslash makes the character after it an ordinary one.
func fieldsAfter(content, prefix string) (map[string][]string, error) {
	rest, ok := strings.CutPrefix(content, prefix)
	if !ok {
		return nil, fmt.Errorf("%q does not begin with %s", content, prefix)
	}
	fields := map[string][]string{}
	var part strings.Builder
	name, named, escaped := "", false, false
	for i := range len(rest) {
		switch c := rest[i]; {
		case escaped:
			part.WriteByte(c)
			escaped = false
		case c == '\\':
			escaped = true
		case c == ':' && !named:
			name, named = part.String(), true
			part.Reset()
		case c == ';' && !named:
			if part.Len() > 0 || i != len(rest)-1 {
				return nil, fmt.Errorf("%q has a field without a name at %d", content, i)
			}
			return fields, nil
		case c == ';':
			fields[name] = append(fields[name], part.String())
			part.Reset()
			named = false
		default:
			part.WriteByte(c)
		}
	}
	return nil, fmt.Errorf("%q has no end", content)
}

// property is a content line of a vCard or a calendar.
type property struct {
	params string
	raw    string // unfolded, still escaped
}

func (p property) text() string {
	return strings.NewReplacer(`\\`, `\`, `\;`, `;`, `\,`, `,`, `\n`, "\n", `\N`, "\n").Replace(p.raw)
}

// parts splits a structured value at the semicolons that are not escaped.
func (p property) parts() []string {
	var parts []string
	from := 0
	for i := 0; i <= len(p.raw); i++ {
		switch {
		case i == len(p.raw) || p.raw[i] == ';':
			parts = append(parts, property{raw: p.raw[from:i]}.text())
			from = i + 1
		case p.raw[i] == '\\':
			i++
		}
	}
	return parts
}

// unfold reads content lines (RFC 5545 §3.1, RFC 6350 §3.2) by name.
func unfold(content string) (map[string][]property, error) {
	if !strings.HasSuffix(content, "\r\n") {
		return nil, fmt.Errorf("%q does not end in CR LF", content)
	}
	for line := range strings.SplitSeq(content, "\r\n") {
		if len(line) > 75 {
			return nil, fmt.Errorf("%q has a line of %d bytes", content, len(line))
		}
	}
	whole := strings.ReplaceAll(content, "\r\n ", "")
	if rest := strings.ReplaceAll(whole, "\r\n", ""); strings.ContainsAny(rest, "\r\n") {
		return nil, fmt.Errorf("%q has a bare line break", content)
	}
	props := map[string][]property{}
	for line := range strings.SplitSeq(strings.TrimSuffix(whole, "\r\n"), "\r\n") {
		head, value, ok := strings.Cut(line, ":")
		if !ok {
			return nil, fmt.Errorf("line %q has no colon", line)
		}
		name, params, _ := strings.Cut(head, ";")
		props[name] = append(props[name], property{params: params, raw: value})
	}
	return props, nil
}

// decode reads content back into the values of its fields.
func decode(content string) (map[string]string, error) {
	switch {
	case strings.HasPrefix(content, "WIFI:"):
		return decodeWiFi(content)
	case strings.HasPrefix(content, "MECARD:"):
		return decodeMeCard(content)
	case strings.HasPrefix(content, "BEGIN:VCARD\r\n"):
		return decodeVCard(content)
	case strings.HasPrefix(content, "BEGIN:VCALENDAR\r\n"):
		return decodeEvent(content)
	case strings.HasPrefix(content, "mailto:"):
		u, err := url.Parse(content)
		if err != nil {
			return nil, err
		}
		to, err := url.PathUnescape(u.Opaque)
		if err != nil {
			return nil, err
		}
		return map[string]string{"to": to, "subject": u.Query().Get("subject"), "body": strings.ReplaceAll(u.Query().Get("body"), "\r\n", "\n")}, nil
	case strings.HasPrefix(content, "SMSTO:"):
		number, message, _ := strings.Cut(strings.TrimPrefix(content, "SMSTO:"), ":")
		return map[string]string{"number": number, "message": message}, nil
	case strings.HasPrefix(content, "tel:"):
		return map[string]string{"number": strings.TrimPrefix(content, "tel:")}, nil
	case strings.HasPrefix(content, "geo:"):
		latitude, longitude, _ := strings.Cut(strings.TrimPrefix(content, "geo:"), ",")
		return map[string]string{"latitude": latitude, "longitude": longitude}, nil
	}
	return map[string]string{"content": content}, nil
}

func decodeWiFi(content string) (map[string]string, error) {
	fields, err := fieldsAfter(content, "WIFI:")
	if err != nil {
		return nil, err
	}
	got := map[string]string{"ssid": one(fields["S"]), "password": one(fields["P"])}
	got["security"] = map[string]string{"WPA": "wpa", "WEP": "wep", "nopass": "open"}[one(fields["T"])]
	if one(fields["H"]) == "true" {
		got["hidden"] = "yes"
	}
	return got, nil
}

func one(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// decodeMeCard gives the name and the address as they are on one line.
func decodeMeCard(content string) (map[string]string, error) {
	fields, err := fieldsAfter(content, "MECARD:")
	if err != nil {
		return nil, err
	}
	got := map[string]string{"format": "mecard", "N": one(fields["N"]), "ORG": one(fields["ORG"]), "ADR": one(fields["ADR"]), "TEL": strings.Join(fields["TEL"], " ")}
	got["email"], got["website"], got["note"] = one(fields["EMAIL"]), one(fields["URL"]), one(fields["NOTE"])
	return got, nil
}

func decodeVCard(content string) (map[string]string, error) {
	props, err := unfold(content)
	if err != nil {
		return nil, err
	}
	first := func(name string) property {
		if list := props[name]; len(list) > 0 {
			return list[0]
		}
		return property{}
	}
	got := map[string]string{
		"format": map[string]string{"3.0": "vcard3", "4.0": "vcard4"}[first("VERSION").raw], "FN": first("FN").text(),
		"organization": first("ORG").text(), "job_title": first("TITLE").text(),
		"email": first("EMAIL").text(), "website": first("URL").raw, "note": first("NOTE").text(),
	}
	if n := first("N").parts(); len(n) == 5 {
		got["family_name"], got["given_name"] = n[0], n[1]
	}
	if adr := first("ADR").parts(); len(adr) == 7 {
		got["street"], got["city"], got["region"], got["postal_code"], got["country"] = adr[2], adr[3], adr[4], adr[5], adr[6]
	}
	for _, tel := range props["TEL"] {
		got[map[string]string{"TYPE=WORK": "phone", "TYPE=CELL": "mobile"}[tel.params]] = tel.text()
	}
	return got, nil
}

func decodeEvent(content string) (map[string]string, error) {
	props, err := unfold(content)
	if err != nil {
		return nil, err
	}
	got := map[string]string{}
	for name, field := range map[string]string{"SUMMARY": "summary", "LOCATION": "location", "DESCRIPTION": "description", "DTSTART": "DTSTART", "DTEND": "DTEND"} {
		if list := props[name]; len(list) > 0 {
			got[field] = list[0].text()
		}
	}
	if list := props["URL"]; len(list) > 0 {
		got["website"] = list[0].raw
	}
	return got, nil
}
