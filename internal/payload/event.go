package payload

import (
	"strings"
	"time"
)

func eventFields() []Field {
	return []Field{
		{Name: "summary", Label: "What", Max: 200, Wide: true, Missing: "Enter what takes place."},
		{Name: "starts_at", Label: "Starts", Kind: Moment, Missing: "Enter when it starts."},
		{Name: "ends_at", Label: "Ends", Kind: Moment},
		{Name: "all_day", Label: "All day", Kind: Flag, Hint: "Then only the dates count; the last day is part of it."},
		{Name: "zone", Label: "Time zone", Max: 64, Hint: "Only for an event elsewhere, such as America/New_York. Left empty, the office's."},
		{Name: "location", Label: "Where", Max: 200, Wide: true},
		{Name: "description", Label: "Description", Kind: Area, Max: 1000},
		{Name: "website", Label: "Web address", Kind: Web, Wide: true},
	}
}

// event is something in a calendar. Of an event that takes all day the times
// are midnight UTC of its first and last day.
type event struct {
	summaryText, location, description, website string
	starts, ends                                time.Time // ends may be zero
	allDay                                      bool
}

func parseEvent(r *reader) value {
	e := event{
		summaryText: r.fields["summary"], location: r.fields["location"], description: r.fields["description"],
		website: r.fields["website"], allDay: r.fields["all_day"] == FlagOn,
	}
	zone := r.eventZone()
	e.starts = r.moment("starts_at", zone, e.allDay)
	e.ends = r.moment("ends_at", zone, e.allDay)
	switch {
	case e.starts.IsZero() || e.ends.IsZero():
	case e.allDay && e.ends.Before(e.starts):
		r.refuse("ends_at", "The last day must not come before the first one.")
	case !e.allDay && !e.ends.After(e.starts):
		r.refuse("ends_at", "The end must come after the start.")
	}
	return e
}

// eventZone is the zone of the event's times.
func (r *reader) eventZone() *time.Location {
	name := r.fields["zone"]
	if name == "" {
		return r.rules.Zone
	}
	zone, err := time.LoadLocation(name)
	if err != nil || name == time.Local.String() {
		r.refuse("zone", "There is no time zone of this name. Examples: Europe/Berlin, America/New_York, UTC")
		return r.rules.Zone
	}
	return zone
}

const (
	localTime = "2006-01-02T15:04"
	utcTime   = "20060102T150405Z"
	icalDate  = "20060102"
)

// moment reads a time, notes it with its offset, and gives it; the zero time
// where there is none. For an event that takes all day it is the date.
func (r *reader) moment(field string, zone *time.Location, allDay bool) time.Time {
	s := r.fields[field]
	if s == "" {
		return time.Time{}
	}
	t, message := readMoment(strings.Replace(s, " ", "T", 1), zone, allDay)
	switch {
	case message != "":
		r.refuse(field, message)
		return time.Time{}
	case allDay:
		t = time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
		r.set(field, t.Format(time.DateOnly))
	default:
		r.set(field, t.Format(time.RFC3339))
	}
	return t
}

func readMoment(s string, zone *time.Location, allDay bool) (t time.Time, problem string) {
	t, err := time.Parse(time.RFC3339, s)
	if err == nil {
		return t.In(zone).Truncate(time.Second), checkYear(t.In(zone))
	}
	layouts := []string{localTime, localTime + ":05"}
	if allDay {
		layouts = append(layouts, time.DateOnly)
	}
	for _, layout := range layouts {
		clock, err := time.Parse(layout, s)
		if err != nil {
			continue
		}
		t = inZone(clock, zone)
		if !allDay && t.Format(localTime) != clock.Format(localTime) {
			return t, "At this hour the clocks are put forward, so that it is left out. Choose a time an hour later."
		}
		return t, checkYear(clock)
	}
	if allDay {
		return t, "Enter a date, such as 2027-01-31."
	}
	return t, "Enter a date and a time, such as 2027-01-31 18:00."
}

func checkYear(t time.Time) (problem string) {
	if t.Year() < 2000 || t.Year() > 2199 {
		return "Enter a year between 2000 and 2199."
	}
	return ""
}

// inZone gives the moment at which clocks in a zone show what clock does. Of
// an hour that comes twice it is the first, as in RFC 5545 §3.3.5.
func inZone(clock time.Time, zone *time.Location) time.Time {
	t := time.Date(clock.Year(), clock.Month(), clock.Day(), clock.Hour(), clock.Minute(), clock.Second(), 0, zone)
	if earlier := t.Add(-time.Hour); earlier.Hour() == t.Hour() && earlier.Day() == t.Day() {
		return earlier
	}
	return t
}

func (e event) summary() string {
	if e.allDay {
		return e.summaryText + ", " + e.starts.Format("2 Jan 2006")
	}
	return e.summaryText + ", " + e.starts.Format("2 Jan 2006, 15:04 MST")
}

// content is the shortest calendar that phones take: RFC 5545 also asks for
// PRODID, UID and DTSTAMP, which would add some 90 bytes to every symbol.
func (e event) content() string {
	var b lines
	b.add("BEGIN", "VCALENDAR")
	b.add("VERSION", "2.0")
	b.add("BEGIN", "VEVENT")
	e.write(&b)
	b.add("END", "VEVENT")
	b.add("END", "VCALENDAR")
	return b.String()
}

// calendar is the whole of RFC 5545. Programs that have the event already find
// it by the UID and take this one if its stamp is later.
func (e event) calendar(edition Edition) string {
	var b lines
	b.add("BEGIN", "VCALENDAR")
	b.add("VERSION", "2.0")
	b.add("PRODID", "-//qrgen//EN")
	b.add("BEGIN", "VEVENT")
	b.addText("UID", edition.UID)
	b.add("DTSTAMP", edition.At.UTC().Format(utcTime))
	e.write(&b)
	b.add("END", "VEVENT")
	b.add("END", "VCALENDAR")
	return b.String()
}

// write writes what the event is. Times are in UTC: that names the same moment
// on every phone, without the table of a time zone's rules. A day is a day
// wherever the phone is, and DTEND is the first one after it (§3.6.1).
func (e event) write(b *lines) {
	b.addText("SUMMARY", e.summaryText)
	switch {
	case e.allDay:
		b.add("DTSTART;VALUE=DATE", e.starts.Format(icalDate))
		if !e.ends.IsZero() {
			b.add("DTEND;VALUE=DATE", e.ends.AddDate(0, 0, 1).Format(icalDate))
		}
	default:
		b.add("DTSTART", e.starts.UTC().Format(utcTime))
		if !e.ends.IsZero() {
			b.add("DTEND", e.ends.UTC().Format(utcTime))
		}
	}
	b.addText("LOCATION", e.location)
	b.addText("DESCRIPTION", e.description)
	if e.website != "" {
		b.add("URL", e.website) // a URI, not text
	}
}
