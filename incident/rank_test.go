package incident

import (
	"slices"
	"strings"
	"testing"
)

// listed makes a list of tasks named by letters; small ones are tombstones.
func listed(names string) []TaskPlace {
	var list []TaskPlace
	key := ""
	for name := range strings.SplitSeq(names, "") {
		key = keyBetween(key, "")
		list = append(list, TaskPlace{ID: name, OrderKey: key, Deleted: name == strings.ToLower(name)})
	}
	return list
}

// A task goes directly in front of the live one that has its rank without it;
// tombstones have no rank of their own and stay where they are.
func TestPlaces(t *testing.T) {
	for _, test := range []struct {
		list, self string
		rank       int
		want       string // the list afterwards
		at         int    // the rank it then has
	}{
		{"", "N", 1, "N", 1},
		{"", "N", 7, "N", 1},
		{"AB", "N", 1, "NAB", 1},
		{"AB", "N", 2, "ANB", 2},
		{"AB", "N", 3, "ABN", 3},
		{"AB", "N", 1001, "ABN", 3},
		{"xAB", "N", 1, "xNAB", 1},
		{"xAyBz", "N", 2, "xAyNBz", 2},
		{"xAyBz", "N", 3, "xAyBzN", 3},
		{"xy", "N", 1, "xyN", 1},
		{"ABC", "A", 1, "ABC", 1},
		{"ABC", "A", 2, "BAC", 2},
		{"ABC", "A", 3, "BCA", 3},
		{"ABC", "A", 9, "BCA", 3},
		{"ABC", "C", 1, "CAB", 1},
		{"ABC", "C", 2, "ACB", 2},
		{"AxByC", "C", 2, "AxCBy", 2},
		{"AxByC", "A", 2, "xByAC", 2},
	} {
		list := listed(test.list)
		at := placeAt(list, test.self, test.rank)
		list = slices.DeleteFunc(list, func(p TaskPlace) bool { return p.ID == test.self })
		list = append(list, TaskPlace{ID: test.self, OrderKey: at.key})
		slices.SortFunc(list, func(a, b TaskPlace) int { return strings.Compare(a.OrderKey, b.OrderKey) })
		got := ""
		for _, p := range list {
			got += p.ID
		}
		if got != test.want || at.rank != test.at || rankOf(list, test.self) != test.at {
			t.Errorf("%s to rank %d of %q: got %q, rank %d, counted %d, want %q, rank %d",
				test.self, test.rank, test.list, got, at.rank, rankOf(list, test.self), test.want, test.at)
		}
	}
}

// Every task has a rank, a tombstone that of the live one behind it.
func TestRanksWithTombstones(t *testing.T) {
	list := listed("xAyzBC")
	for id, want := range map[string]int{"x": 1, "A": 1, "y": 2, "z": 2, "B": 2, "C": 3, "none": 0} {
		if got := rankOf(list, id); got != want {
			t.Errorf("the rank of %s is %d, want %d", id, got, want)
		}
	}
	if got := liveTasks(list); got != 3 {
		t.Errorf("%d tasks are live, want 3", got)
	}
}
