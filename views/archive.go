package views

import "strings"

// Archive is the page that downloads many codes as one ZIP.
type Archive struct {
	Codes         Sheet // those chosen
	Formats       []ArchiveFormat
	MM, DPI, Size string
	Errors        map[string]string
}

// ArchiveFormat is a format of file to choose.
type ArchiveFormat struct {
	Name   string // as in a file's name
	Chosen bool
}

// Label is the format in people's words.
func (f ArchiveFormat) Label() string {
	for _, known := range downloadFormats {
		if known.Value == f.Name {
			return known.Name
		}
	}
	return strings.ToUpper(f.Name)
}
