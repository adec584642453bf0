package qr

// paint calls add with the rows of the drawing in grey, each module so many
// pixels wide. A drawing without a background lies on paper of its light
// colour.
func (d *Drawing) paint(module int, add func(row []byte, times int)) {
	c := canvas{d: d, width: int(d.width/unit) * module, height: int(d.height/unit) * module, module: module}
	if d.logo == nil {
		var tone [shades]byte
		for i := range tone {
			tone[i] = mixTone(d.light.gray(), d.dark.gray(), i)
		}
		row := make([]byte, c.width)
		c.rows(func(shade []byte, times int) {
			for x, v := range shade {
				row[x] = tone[v]
			}
			add(row, times)
		})
		return
	}
	row := make([]byte, c.width)
	c.colorRows(func(rgba []byte, times int) {
		grayRow(row, rgba, d.light)
		add(row, times)
	})
}

func mixTone(light, dark uint8, i int) uint8 {
	return uint8((int(light)*(shades-1-i) + int(dark)*i) / (shades - 1))
}

// grayRow turns a row of red, green, blue and opacity on paper into grey.
func grayRow(to, rgba []byte, paper Color) {
	under := uint32(paper.gray())
	for x := range to {
		p := rgba[4*x : 4*x+4]
		tone := uint32(Color{p[0], p[1], p[2]}.gray())
		a := uint32(p[3])
		to[x] = uint8((tone*a + under*(255-a) + 127) / 255)
	}
}
