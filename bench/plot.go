package main

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"slices"
)

// Sizes of the plot, in pixels.
const (
	panelWidth = 430
	nameWidth  = 118
	barsWidth  = 220
	barHeight  = 13
	panelHead  = 22
	gap        = 16
)

// plot draws the results as SVG: a panel for each row, and in it a bar for each
// subject. The longer the better, on a scale of logarithms: a quarter of the width is
// ten times as good. The worst has a bar of a fixed length.
func plot(r *results) []byte {
	var b bytes.Buffer
	y := [2]int{gap, gap} // how far down each of the two columns goes
	var panels bytes.Buffer
	for _, row := range r.Rows {
		bars := barsOf(r, row)
		if row.Absolute || len(bars) == 0 {
			continue
		}
		column := 0
		if y[1] < y[0] {
			column = 1
		}
		drawPanel(&panels, gap+column*(panelWidth+gap), y[column], row, bars)
		y[column] += panelHead + len(bars)*barHeight + gap
	}
	width, height := 2*panelWidth+3*gap, max(y[0], y[1])
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="10">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/>`+"\n", width, height)
	b.Write(panels.Bytes())
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// A bar is one subject: good is how many times as good as the worst it is.
type bar struct {
	name, label string
	role        role
	good        float64
}

// barsOf returns the bars of a row, the best first.
func barsOf(r *results, row rowResult) []bar {
	var bars []bar
	for i, s := range r.Subjects {
		m := row.Subjects[i]
		if !m.has() || m.Median <= 0 {
			continue
		}
		good := m.Median
		if !row.More {
			good = 1 / good
		}
		bars = append(bars, bar{s.Name, figure(m.Median) + " " + row.Unit, s.Role, good})
	}
	slices.SortStableFunc(bars, func(a, b bar) int {
		switch {
		case a.good > b.good:
			return -1
		case a.good < b.good:
			return 1
		}
		return 0
	})
	for i := range bars {
		bars[i].good /= bars[len(bars)-1].good
	}
	return bars
}

func drawPanel(b *bytes.Buffer, x, y int, row rowResult, bars []bar) {
	fmt.Fprintf(b, `<text x="%d" y="%d" font-weight="bold">%s</text>`+"\n", x, y+12, html.EscapeString(row.Title))
	colours := map[role]string{ours: "#1565c0", limit: "#9e9e9e", peer: "#ef9a5a"}
	for i, bar := range bars {
		top := y + panelHead + i*barHeight
		length := barsWidth/20 + int(math.Round(math.Log10(bar.good)*barsWidth/4))
		fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, x+nameWidth-4, top+10, html.EscapeString(bar.name))
		fmt.Fprintf(b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"/>`, x+nameWidth, top+1, length, barHeight-3, colours[bar.role])
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`+"\n", x+nameWidth+length+4, top+10, html.EscapeString(bar.label))
	}
}
