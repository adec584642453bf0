package payload

import (
	"strings"
	"time"

	"qrgen/internal/errs"
)

// FileMax is the longest file, in bytes; the database holds the same.
const FileMax = 7089

// Edition tells a file from the ones that stood at its address before.
type Edition struct {
	UID string    // the same for every edition
	At  time.Time // when this one was made
}

// File writes a contact as vCard or an event as iCalendar. Any other payload
// and a file that is too long are an Invalid error.
func (p Payload) File(edition Edition) (string, error) {
	var file string
	switch v := p.value.(type) {
	case contact:
		if v.f["format"] == formatMeCard {
			return "", errs.InvalidField("format", "A file is a vCard: phones take MeCards from symbols only.")
		}
		file = v.vCard(edition.At)
	case event:
		file = v.calendar(edition)
	default:
		return "", errs.InvalidField("type", "A code can lead to a contact or an event. Anything else goes into the symbol itself, as fixed content.")
	}
	if len(file) > FileMax {
		return "", errs.InvalidField("type", "This is too long for a file that phones take at once. Shorten the longest texts.")
	}
	return file, nil
}

// MediaType says what a file is, and what to call it.
func MediaType(file string) (mediaType, name string) {
	if strings.HasPrefix(file, "BEGIN:VCALENDAR") {
		return "text/calendar; charset=utf-8", "event.ics"
	}
	return "text/vcard; charset=utf-8", "contact.vcf"
}
