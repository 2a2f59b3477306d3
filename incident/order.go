package incident

import (
	"fmt"
	"strconv"
	"strings"
)

// An order key is eight hexadecimal digits, the whole part, and then digits of
// a fraction in base 62 that never end in 0. Keys compare bytewise. Appending
// and prepending step the whole part, so keys grow only where tasks are moved
// into the same gap again and again (one character for about six moves).
const (
	orderWhole  = 8
	orderMiddle = "80000000"
	orderDigits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// keyBetween returns a key behind before and ahead of after; "" means that
// there is no neighbour on that side.
func keyBetween(before, after string) string {
	switch {
	case before == "" && after == "":
		return orderMiddle
	case after == "":
		return stepWhole(before, +1)
	case before == "":
		return stepWhole(after, -1)
	case before[:orderWhole] != after[:orderWhole]:
		// A key directly behind before, with the same whole part, is ahead of after.
		return before[:orderWhole] + fractionBetween(before[orderWhole:], "")
	}
	return before[:orderWhole] + fractionBetween(before[orderWhole:], after[orderWhole:])
}

func stepWhole(key string, by int64) string {
	n, err := strconv.ParseInt(key[:orderWhole], 16, 64)
	if err != nil {
		panic("incident: broken order key") // only keyBetween makes keys
	}
	return fmt.Sprintf("%08x", n+by)
}

// fractionBetween returns a fraction f with low < f < high, where high "" means
// one. It is as short as it can be.
func fractionBetween(low, high string) string {
	var b strings.Builder
	for i := 0; ; i++ {
		lo, hi := 0, len(orderDigits)
		if i < len(low) {
			lo = strings.IndexByte(orderDigits, low[i])
		}
		if high != "" && i < len(high) {
			hi = strings.IndexByte(orderDigits, high[i])
		}
		if hi-lo > 1 {
			b.WriteByte(orderDigits[(lo+hi)/2])
			return b.String()
		}
		b.WriteByte(orderDigits[lo])
		if hi != lo {
			high = "" // any further digits stay below high
		}
	}
}

// place is where a task goes: the key it gets and the rank it then has.
type place struct {
	key  string
	rank int
}

// placeAt finds the place of the given rank among the live tasks of list,
// leaving out the task self. Ranks behind the last mean last.
func placeAt(list []TaskPlace, self string, rank int) place {
	live, before := 0, ""
	for _, t := range list {
		if t.ID == self {
			continue
		}
		if !t.Deleted {
			live++
			if live == rank {
				return place{key: keyBetween(before, t.OrderKey), rank: rank}
			}
		}
		before = t.OrderKey
	}
	return place{key: keyBetween(before, ""), rank: live + 1}
}

// rankOf counts the rank of a task in its list; 0 when it is not there.
func rankOf(list []TaskPlace, id string) int {
	rank := 1
	for _, t := range list {
		if t.ID == id {
			return rank
		}
		if !t.Deleted {
			rank++
		}
	}
	return 0
}

// liveTasks counts the tasks that are not deleted.
func liveTasks(list []TaskPlace) int {
	n := 0
	for _, t := range list {
		if !t.Deleted {
			n++
		}
	}
	return n
}
