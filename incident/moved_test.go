package incident

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// The marked numbers rise, and no rising subsequence is longer.
func TestLongestRising(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		list := random.Perm(random.IntN(9))
		longest := 0
		for set := range 1 << len(list) {
			last, n := -1, 0
			for place, v := range list {
				if set>>place&1 == 0 {
					continue
				}
				if v < last {
					n = -len(list)
				}
				last, n = v, n+1
			}
			longest = max(longest, n)
		}
		last, marked := -1, 0
		for n, stays := range longestRising(list) {
			if !stays {
				continue
			}
			if list[n] < last {
				t.Fatalf("%v: what stays does not rise", list)
			}
			last, marked = list[n], marked+1
		}
		if marked != longest {
			t.Fatalf("%v: %d stay, want %d", list, marked, longest)
		}
	}
}

// Whoever moved is said to have, not whoever made way; what was moved and
// brought back has not.
func TestMovedTasks(t *testing.T) {
	for _, test := range []struct {
		before, after, moves string
		want                 string
	}{
		{"abc", "abc", "", ""},
		{"abc", "acb", "b", "b"},
		{"abc", "acb", "c", "c"},
		{"abc", "abc", "b", ""},
		{"abcd", "dabc", "d", "d"},
		{"abcd", "bcda", "a", "a"},
		{"abcd", "bcda", "bcd", "bcd"},
		{"abcd", "dcba", "abcd", "bcd"},
		{"abcd", "badc", "ad", "ad"},
		{"abx", "yba", "b", "b"}, // x went, y came
	} {
		places := map[string]int{}
		for n, id := range test.before {
			if slices.Contains([]rune(test.after), id) {
				places[string(id)] = n
			}
		}
		var list []Task
		for _, id := range test.after {
			list = append(list, Task{ID: string(id)})
		}
		moved := movedTasks(list, places, func(id string) bool { return slices.Contains([]rune(test.moves), []rune(id)[0]) })
		got := ""
		for _, id := range sortedKeys(moved) {
			got += id
		}
		if got != test.want {
			t.Errorf("%s to %s by %s: got %q, want %q", test.before, test.after, test.moves, got, test.want)
		}
	}
}
