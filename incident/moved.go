package incident

import (
	"slices"
	"sort"
)

// movedTasks returns the fewest of the tasks that could have been moved which
// need moving to put those that have a place before into the order of list. The
// others keep their order among themselves whatever happens to the list, so
// they never need to.
func movedTasks(list []Task, before map[string]int, couldMove func(id string) bool) map[string]bool {
	moved := map[string]bool{}
	var ids []string
	var order []int
	for _, t := range list {
		if place, ok := before[t.ID]; ok {
			ids, order = append(ids, t.ID), append(order, place)
		}
	}
	// Those that are on the wrong side of one that stayed have moved.
	for _, direction := range []int{+1, -1} {
		bound := -1
		for n := range ids {
			if direction < 0 {
				n = len(ids) - 1 - n
			}
			place := order[n]
			switch {
			case !couldMove(ids[n]):
				bound = place
			case bound >= 0 && (place-bound)*direction < 0:
				moved[ids[n]] = true
			}
		}
	}
	var rest []int
	for n := range ids {
		if !moved[ids[n]] {
			rest = append(rest, n)
		}
	}
	places := make([]int, len(rest))
	for n, r := range rest {
		places[n] = order[r]
	}
	for n, stays := range longestRising(places) {
		if !stays {
			moved[ids[rest[n]]] = true
		}
	}
	return moved
}

// longestRising marks the numbers of one of the longest rising subsequences;
// no number is there twice.
func longestRising(list []int) []bool {
	var ends, before []int // places in list: of the smallest end of a subsequence of each length, and of each one's predecessor
	for n, v := range list {
		length := sort.Search(len(ends), func(i int) bool { return list[ends[i]] > v })
		if length == len(ends) {
			ends = append(ends, n)
		} else {
			ends[length] = n
		}
		before = append(before, -1)
		if length > 0 {
			before[n] = ends[length-1]
		}
	}
	out := slices.Repeat([]bool{false}, len(list))
	if len(ends) > 0 {
		for n := ends[len(ends)-1]; n >= 0; n = before[n] {
			out[n] = true
		}
	}
	return out
}
