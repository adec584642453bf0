package views

// Looks is the page of presets and logos.
type Looks struct {
	Presets []Preset
	Logos   []Logo
	Error   string // why an upload failed
}

// Preset is a look with a name.
type Preset struct {
	ID        int64
	Name      string
	Default   bool
	Image     Preview // a sample symbol in this look
	Look      Look
	Changed   Moment
	ChangedBy string
}

// PresetForm is the form that makes or changes a preset.
type PresetForm struct {
	ID      int64 // 0 for a new one
	Version string
	Name    string
	Default bool
	Look    Look
	PrintMM string
	Message string
	Preview Preview
}

// Heading is the page's heading.
func (m PresetForm) Heading() string {
	if m.ID == 0 {
		return "New preset"
	}
	return "Change preset"
}

// Action is where the form is posted to.
func (m PresetForm) Action() string {
	if m.ID == 0 {
		return LooksPath
	}
	return PresetPath(m.ID)
}
