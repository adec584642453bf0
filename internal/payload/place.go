package payload

import (
	"regexp"
	"strconv"
	"strings"
)

func placeFields() []Field {
	return []Field{
		{Name: "latitude", Label: "Latitude", Kind: Number, Missing: "Enter the latitude, such as 48.137154.", Hint: "North of the equator is positive. “48.137154, 11.576124”, copied from a map, may be pasted here whole."},
		{Name: "longitude", Label: "Longitude", Kind: Number, Sometimes: true, Hint: "East of Greenwich is positive."},
	}
}

// place is a point on earth (RFC 5870, WGS 84), in decimal degrees.
type place struct{ latitude, longitude string }

// decimal is a plain number. Others that strconv reads, such as 0x1p3 and NaN,
// are no coordinates.
var decimal = regexp.MustCompile(`^[+-]?[0-9]{1,3}([.,][0-9]{0,20})?$`)

func parsePlace(r *reader) value {
	lat, lon := r.fields["latitude"], r.fields["longitude"]
	// Maps copy both at once.
	if first, second, ok := strings.Cut(lat, ","); ok && lon == "" && strings.Contains(first, ".") {
		lat, lon = strings.TrimSpace(first), strings.TrimSpace(second)
	}
	p := place{
		latitude:  r.degrees("latitude", lat, 90, "The latitude is a number from −90 to 90, such as 48.137154."),
		longitude: r.degrees("longitude", lon, 180, "The longitude is a number from −180 to 180, such as 11.576124."),
	}
	r.set("latitude", p.latitude)
	r.set("longitude", p.longitude)
	return p
}

// degrees reads a number of degrees to a tenth of a metre.
func (r *reader) degrees(field, s string, limit float64, message string) string {
	s = strings.Replace(strings.ReplaceAll(s, "−", "-"), ",", ".", 1)
	n, err := strconv.ParseFloat(s, 64)
	switch {
	case s == "" && field == "latitude": // said by its description
		return ""
	case s == "":
		r.refuse(field, "Enter the longitude, such as 11.576124.")
		return ""
	case !decimal.MatchString(s) || err != nil || n < -limit || n > limit:
		r.refuse(field, message)
		return ""
	}
	s = strings.TrimRight(strings.TrimRight(strconv.FormatFloat(n, 'f', 6, 64), "0"), ".")
	if s == "-0" {
		return "0"
	}
	return s
}

func (p place) content() string { return "geo:" + p.latitude + "," + p.longitude }
func (p place) summary() string { return p.latitude + ", " + p.longitude }
