package incident

import (
	"fmt"
	"testing"
	"time"
)

// However many sources there are, a bounded number of them is remembered; what
// finds no place shares one, and those that rest give theirs away.
func TestSourcesAreBounded(t *testing.T) {
	var l refusalLimit
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for n := range 3 * accessBuckets {
		l.allow(fmt.Sprint("a", n), now)
	}
	if got := len(l.sources); got != accessBuckets {
		t.Errorf("%d sources are remembered, want %d", got, accessBuckets)
	}
	now = now.Add(accessWindow)
	allowed := 0
	for range 2 * sourceBurst {
		if l.allow("later", now) {
			allowed++
		}
	}
	if got := len(l.sources); got != 1 || allowed != sourceBurst {
		t.Errorf("after a pause %d sources are remembered and %d attempts of one written, want 1 and %d", got, allowed, sourceBurst)
	}

	sums := tally{}
	for n := range 3 * accessSources {
		address := fmt.Sprint("a", n)
		sums.add(AccessEntry{Action: AccessAuthentication, Outcome: AccessRefused, Address: &address, Count: 1})
	}
	total := 0
	for _, sum := range sums {
		total += sum.Count
	}
	if len(sums) != accessSources+1 || total != 3*accessSources {
		t.Errorf("%d sums of %d accesses, want %d of %d", len(sums), total, accessSources+1, 3*accessSources)
	}
}
