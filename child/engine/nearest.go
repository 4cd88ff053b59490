package engine

import "slices"

// DidYouMean is what a message about a name that is not there ends in: ": did you
// mean 'name'?" with the one of names that is most like it, or "" if none is. Names
// may come in any order.
func DidYouMean(misspelt string, names []string) string {
	near := nearest(misspelt, names)
	if near == "" {
		return ""
	}
	return "; did you mean '" + near + "'?"
}

// maxMisspelt bounds the work: longer names are not compared.
const maxMisspelt = 64

// nearest returns the name that a misspelt one was probably meant to be: the first of
// those that differ in the fewest letters, a third of them at most.
func nearest(misspelt string, names []string) string {
	if len(misspelt) < 2 || len(misspelt) > maxMisspelt {
		return ""
	}
	names = slices.Sorted(slices.Values(names))
	best, least := "", max(1, len(misspelt)/3)
	for _, name := range names {
		if name == misspelt || len(name) < 2 || len(name) > maxMisspelt {
			continue
		}
		if d := distance(misspelt, name); d < least || d == least && best == "" {
			best, least = name, d
		}
	}
	return best
}

// distance is how many letters have to be added, removed, changed or swapped with
// their neighbours to make b of a.
func distance(a, b string) int {
	var rows [3][maxMisspelt + 1]int
	before, row, next := &rows[0], &rows[1], &rows[2]
	for j := range len(b) + 1 {
		row[j] = j
	}
	for i := range len(a) {
		next[0] = i + 1
		for j := range len(b) {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, row[j+1]+1, next[j]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}
