package views

// Reason is why a scan leads nowhere.
type Reason string

// The reasons.
const (
	ReasonPaused      Reason = "paused"
	ReasonScheduled   Reason = "scheduled"
	ReasonExpired     Reason = "expired"
	ReasonRetired     Reason = "retired"
	ReasonUnknown     Reason = "unknown"
	ReasonUnavailable Reason = "unavailable"
	ReasonTooMany     Reason = "too_many"
)

// PublicNotice is the small page for someone who scanned a code that leads
// nowhere now. It says nothing about the code that is not on the paper.
type PublicNotice struct {
	Lang    string // en, es, de or fr; anything else is en
	Reason  Reason
	Contact string // the office's contact line: e-mail, phone, web address or words
}
