package incident

import (
	"testing"

	"pgregory.net/rapid"
)

// A list that is inserted into at random places must stay sorted by its keys.
func TestKeyBetweenKeepsOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var keys []string
		for range rapid.IntRange(1, 200).Draw(t, "inserts") {
			at := rapid.IntRange(0, len(keys)).Draw(t, "at")
			before, after := "", ""
			if at > 0 {
				before = keys[at-1]
			}
			if at < len(keys) {
				after = keys[at]
			}
			key := keyBetween(before, after)
			if (before != "" && key <= before) || (after != "" && key >= after) {
				t.Fatalf("%q is not between %q and %q", key, before, after)
			}
			keys = append(keys[:at], append([]string{key}, keys[at:]...)...)
		}
	})
}

func TestKeyGrowsSlowly(t *testing.T) {
	low, high := keyBetween("", ""), ""
	high = keyBetween(low, "")
	for range 1000 {
		high = keyBetween(low, high)
	}
	if len(high) > orderWhole+1000/5 {
		t.Errorf("after 1000 inserts into one gap the key has %d characters", len(high))
	}
	if last := keyBetween(high, ""); len(last) != orderWhole {
		t.Errorf("appending behind it gave %q, want a whole key", last)
	}
}
