package main

import (
	"fmt"
	"strings"
)

// didYouMean returns "; did you mean X?" for the candidate that word is
// probably a misspelling of, and nothing when none is near.
func didYouMean(word string, candidates []string) string {
	best, least := "", 1+max(2, len(word)/4)
	for _, c := range candidates {
		if d := misspelt(word, c); d < least {
			best, least = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

// misspelt is how many letters lie between two keys, or between their last
// parts: a right name in a wrong group is the commonest slip.
func misspelt(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	return min(editDistance(a, b), editDistance(a[strings.LastIndex(a, ".")+1:], b[strings.LastIndex(b, ".")+1:]))
}

// editDistance is the Levenshtein distance.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, diagonal+1)
		}
	}
	return row[len(b)]
}
