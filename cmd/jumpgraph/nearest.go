package main

import (
	"fmt"
	"strings"
)

// didYouMean is the end of an error about an unknown word: the nearest known one, where one is near.
func didYouMean(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return fmt.Sprintf("; did you mean %s?", near)
	}
	return ""
}

// nearest returns the known word that a mistyped one is most likely meant to be; empty when none is near.
func nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, found := (len(word)+2)/3+1, "" // no more mistakes than every third letter
	for _, k := range known {
		lower := strings.ToLower(k)
		d := distance(word, lower)
		if len(word) > 2 && strings.HasPrefix(lower, word) || len(lower) > 4 && strings.HasPrefix(word, lower) {
			d = min(d, 1)
		}
		if d < best {
			best, found = d, k
		}
	}
	return found
}

// distance is how many letters must be inserted, removed, changed or swapped with their neighbor to make b of a.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 100 || len(y) > 100 { // no word of ours
		return len(x) + len(y)
	}
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range y {
		rows[0][j+1] = j + 1
	}
	for i := range x {
		for j := range y {
			change := 1
			if x[i] == y[j] {
				change = 0
			}
			d := min(rows[i][j+1]+1, rows[i+1][j]+1, rows[i][j]+change)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				d = min(d, rows[i-1][j-1]+1)
			}
			rows[i+1][j+1] = d
		}
	}
	return rows[len(x)][len(y)]
}
