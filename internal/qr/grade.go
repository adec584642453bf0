package qr

import "fmt"

// Grade says how well a file reads. The zero value is GradeD.
type Grade uint8

// The grades, the worst first, so that they compare.
const (
	GradeD Grade = iota // does not read: never handed out
	GradeC              // reads as it is, and bears little
	GradeB              // reads, and bears most of what happens to a print
	GradeA              // reads whatever we tried
)

// String gives "A" to "D".
func (g Grade) String() string { return "DCBA"[min(g, GradeA) : min(g, GradeA)+1] }

// Words is one plain sentence.
func (g Grade) Words() string {
	return [...]string{
		GradeD: "Does not scan.",
		GradeC: "Scans with care: try it on paper before you print many.",
		GradeB: "Scans well.",
		GradeA: "Scans reliably.",
	}[min(g, GradeA)]
}

// Trial is one attempt to read the picture, and whether it said the right
// thing.
type Trial struct {
	Name   string // what was done to the picture, for people: "as it is", "blurred"
	Passed bool
}

// Report is what the gate found.
type Report struct {
	Grade  Grade
	Trials []Trial // in the order of their weight; the first is the file as it is
	err    error   // why it did not read, for the log
}

// Failed lists in words what the picture does not bear.
func (r Report) Failed() []string {
	var list []string
	for _, t := range r.Trials {
		if !t.Passed {
			list = append(list, t.Name)
		}
	}
	return list
}

func (r Report) String() string { return fmt.Sprintf("grade %s, fails %q", r.Grade, r.Failed()) }
