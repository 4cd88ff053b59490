package main

import (
	"math"
	"slices"
	"strconv"
)

// quantile returns the value that a share q of all values is not above, between two
// of them by their distances; NaN of none.
func quantile(values []float64, q float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	at := q * float64(len(sorted)-1)
	i := int(at)
	if i+1 == len(sorted) {
		return sorted[i]
	}
	return sorted[i] + (at-float64(i))*(sorted[i+1]-sorted[i])
}

// mean is the arithmetic mean; NaN of none.
func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// pooled makes one sample of those of the laps of a round: their median, and all calls.
func pooled(laps []sample) sample {
	var all sample
	var values []float64
	for _, lap := range laps {
		values = append(values, lap.value)
		all.calls = append(all.calls, lap.calls...)
		all.done += lap.done
	}
	all.value = quantile(values, 0.5)
	return all
}

// A spread is the median of some rounds, and the least and the greatest of them.
type spread struct {
	Median float64 `json:"median,omitempty"`
	Min    float64 `json:"min,omitempty"`
	Max    float64 `json:"max,omitempty"`
}

func spreadOf(values []float64) spread {
	return spread{four(quantile(values, 0.5)), four(slices.Min(values)), four(slices.Max(values))}
}

// four rounds to four digits that count: more would say nothing, and make the results
// a large file.
func four(v float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	if err != nil {
		return v // NaN and the like
	}
	return rounded
}
