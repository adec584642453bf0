package views

// Status is how the program is, in words.
type Status struct {
	Tone    Tone   // of all parts together
	Verdict string // one sentence
	Parts   []StatusPart
	Version string
	Checked Moment
}

// StatusPart is one thing that works, or does not.
type StatusPart struct {
	Name string
	Tone Tone
	Text string
	When Moment // what the text is about happened then; zero shows no time
	Hint string // what to do, or that nothing has to be done; may be empty
}

// Class is the part's class in the style sheet.
func (p StatusPart) Class() string {
	switch p.Tone {
	case ToneGood:
		return "verdict-good"
	case ToneWarning:
		return "verdict-warn"
	case ToneBad:
		return "verdict-bad"
	case ToneInfo:
	}
	return ""
}

// Word says the tone to those who don't see colour or icon.
func (p StatusPart) Word() string {
	switch p.Tone {
	case ToneGood:
		return "Works"
	case ToneWarning:
		return "Needs a look"
	case ToneBad:
		return "Broken"
	case ToneInfo:
	}
	return "For information"
}
