package payload

import "strings"

// Kind says what a field takes.
type Kind uint8

// The kinds of field.
const (
	Line   Kind = iota // one line
	Area               // several lines
	Choice             // one of Field.Options; empty is the first
	Flag               // FlagOn or empty
	Number             // a decimal
	Dial               // a phone number
	Mail               // an e-mail address
	Web                // an http or https address
	Moment             // a date and time: RFC 3339 or local as 2027-01-31T08:00; or a date
)

// FlagOn is the value of a flag that is set.
const FlagOn = "yes"

// Field describes a field of a type, for forms, the API and the reader.
type Field struct {
	Name  string
	Label string // in people's words
	Hint  string
	Kind  Kind
	Max   int // characters; 0: the symbol's room is the limit
	// Missing is what to say where the field is empty; without it the field is
	// optional.
	Missing string
	// Sometimes: whether it may be empty depends on other fields.
	Sometimes bool
	// Exact: spaces at the ends count.
	Exact   bool
	Wide    bool // takes the whole width of a form
	Options []Option
}

// Option is one of the values of a Choice.
type Option struct{ Value, Label string }

// Fields lists the fields of a type as a form shows them.
func (t Type) Fields() []Field {
	switch t {
	case Text:
		return []Field{{Name: "content", Label: "Content", Kind: Area, Exact: true, Missing: "Enter what the code says.",
			Hint: "Exactly this text is in the symbol. Shorter text makes a symbol that scans from further away."}}
	case URL:
		return []Field{{Name: "content", Label: "Web address", Kind: Web, Missing: "Enter the web address that the code opens.",
			Hint: "It is inside the symbol and can't be changed once printed."}}
	case WiFi:
		return wifiFields()
	case Contact:
		return contactFields()
	case Email:
		return emailFields()
	case SMS:
		return []Field{
			{Name: "number", Label: "Phone number", Kind: Dial, Missing: "Enter the number that the message goes to.", Hint: dialHint},
			{Name: "message", Label: "Message", Kind: Area, Max: 1000, Hint: "What stands in the message already; the person can change it."},
		}
	case Phone:
		return []Field{{Name: "number", Label: "Phone number", Kind: Dial, Missing: "Enter the number to call.", Hint: dialHint}}
	case Place:
		return placeFields()
	case Event:
		return eventFields()
	}
	return nil
}

const dialHint = "With the country code, such as +49 89 1234567, it works from everywhere."

// Field gives a field of the type by its name.
func (t Type) Field(name string) (Field, bool) {
	for _, f := range t.Fields() {
		if f.Name == name {
			return f, true
		}
	}
	return Field{}, false
}

// FormName is the name of a type's field in forms and in the history, where
// the fields of all types live side by side: wifi_ssid. Plain content is called
// content, whatever it is.
func (t Type) FormName(field string) string {
	if field == "content" {
		return field
	}
	return string(t) + "_" + field
}

// FieldByFormName is the way back from FormName.
func FieldByFormName(name string) (Type, Field, bool) {
	prefix, field, _ := strings.Cut(name, "_")
	t := Type(prefix)
	f, ok := t.Field(field)
	return t, f, ok && t.FormName(f.Name) == name
}

// Label names the type in people's words.
func (t Type) Label() string {
	switch t {
	case Text:
		return "Text"
	case URL:
		return "Web address"
	case WiFi:
		return "Wi-Fi"
	case Contact:
		return "Contact"
	case Email:
		return "E-mail"
	case SMS:
		return "Text message"
	case Phone:
		return "Phone call"
	case Place:
		return "Place"
	case Event:
		return "Event"
	}
	return ""
}

// OnPhone says what a phone does when it scans a symbol of the type.
func (t Type) OnPhone() string {
	switch t {
	case Text:
		return "The phone shows the text, to read and to copy."
	case URL:
		return "The phone offers to open the address. Scans are not counted and the address stays for ever: for a poster, a link you can change later is the better choice."
	case WiFi:
		return "The phone offers to join the network; nobody has to type the password. Whoever can see the symbol can read the password."
	case Contact:
		return "The phone shows the contact and offers to save it."
	case Email:
		return "The phone opens a new e-mail, filled in. Nothing is sent until the person sends it."
	case SMS:
		return "The phone opens a new message, filled in. Nothing is sent until the person sends it."
	case Phone:
		return "The phone asks whether to call the number."
	case Place:
		return "The phone shows the place on its map."
	case Event:
		return "The phone shows the event and offers to put it into the calendar, at the right hour in whatever time zone the phone is."
	}
	return ""
}
