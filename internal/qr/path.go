package qr

import "slices"

// unit is the number of steps in the width of a module. All coordinates are
// whole steps: arithmetic with integers gives the same bytes on every machine,
// and floating point does not.
const unit = 1000

// path is a shape with straight and curved edges, filled by the nonzero rule:
// what runs clockwise (y points down) is inside, a counter-clockwise part cuts
// a hole. The numbers of a step follow each other in at.
type path struct {
	steps []step
	at    []int32
}

// step is one move of the pen.
type step byte

// Each with the coordinates it takes.
const (
	stepMove  step = iota // x, y
	stepLine              // x, y
	stepCurve             // two control points of a cubic Bézier curve, x, y
	stepClose             // none
)

// numbers is how many coordinates each step takes.
var numbers = [...]int{stepMove: 2, stepLine: 2, stepCurve: 6, stepClose: 0}

func (p *path) add(s step, at ...int32) {
	p.steps = append(p.steps, s)
	p.at = append(p.at, at...)
}

// rectSteps are what rect adds, with rectNumbers coordinates.
var rectSteps = [...]step{stepMove, stepLine, stepLine, stepLine, stepClose}

const rectNumbers = 8

// growRects makes room for about so many rectangles.
func (p *path) growRects(n int) {
	p.steps = slices.Grow(p.steps, len(rectSteps)*n)
	p.at = slices.Grow(p.at, rectNumbers*n)
}

// rect adds a rectangle that is filled.
func (p *path) rect(x0, y0, x1, y1 int32) {
	p.steps = append(p.steps, rectSteps[:]...)
	p.at = append(p.at, x0, y0, x1, y0, x1, y1, x0, y1)
}

// corners says how far each corner of a rectangle is rounded.
type corners struct{ topLeft, topRight, bottomRight, bottomLeft int32 }

func round(r int32) corners { return corners{r, r, r, r} }

// roundRect adds a rectangle with round corners: filled, or as a hole.
func (p *path) roundRect(x0, y0, x1, y1 int32, r corners, hole bool) {
	from := len(p.steps)
	at := len(p.at)
	p.add(stepMove, x0+r.topLeft, y0)
	p.corner(x1-r.topRight, y0, x1, y0, x1, y0+r.topRight)
	p.corner(x1, y1-r.bottomRight, x1, y1, x1-r.bottomRight, y1)
	p.corner(x0+r.bottomLeft, y1, x0, y1, x0, y1-r.bottomLeft)
	p.corner(x0, y0+r.topLeft, x0, y0, x0+r.topLeft, y0)
	p.add(stepClose)
	if hole {
		p.reverse(from, at)
	}
}

// corner goes on to x0, y0 and from there round the corner to x1, y1.
func (p *path) corner(x0, y0, cx, cy, x1, y1 int32) {
	p.add(stepLine, x0, y0)
	if x0 == x1 && y0 == y1 {
		return
	}
	// 0.55 of the way to the corner makes a quarter of a circle to within 0.03 %.
	p.add(stepCurve, x0+(cx-x0)*55/100, y0+(cy-y0)*55/100, x1+(cx-x1)*55/100, y1+(cy-y1)*55/100, x1, y1)
}

// reverse turns the direction of the one closed part from the given step and
// coordinate to the end.
func (p *path) reverse(from, at int) {
	steps, points := p.steps[from:], p.at[at:]
	for i, j := 0, len(points)-2; i < j; i, j = i+2, j-2 {
		points[i], points[i+1], points[j], points[j+1] = points[j], points[j+1], points[i], points[i+1]
	}
	for i, j := 1, len(steps)-2; i < j; i, j = i+1, j-1 { // between move and close
		steps[i], steps[j] = steps[j], steps[i]
	}
}

// whole says whether every edge runs straight between modules, so that a
// picture with whole pixels a module needs no shades.
func (p *path) whole() bool {
	at, x, y := p.at, int32(0), int32(0)
	for _, s := range p.steps {
		switch s {
		case stepMove:
			if at[0]%unit != 0 || at[1]%unit != 0 {
				return false
			}
			x, y = at[0], at[1]
		case stepLine:
			switch {
			case at[0] == x && at[1]%unit == 0:
				y = at[1]
			case at[1] == y && at[0]%unit == 0:
				x = at[0]
			default:
				return false
			}
		case stepCurve:
			return false
		}
		at = at[numbers[s]:]
	}
	return true
}

// isRect says whether what begins with these steps and numbers is what rect
// adds.
func isRect(steps []step, at []int32) bool {
	return len(steps) >= len(rectSteps) && [len(rectSteps)]step(steps) == rectSteps &&
		at[3] == at[1] && at[4] == at[2] && at[6] == at[0] && at[7] == at[5]
}
