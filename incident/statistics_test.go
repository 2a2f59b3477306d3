package incident

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A percentile is the smallest value that at least so many percent of all
// values do not exceed.
func TestCompletionTimes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		times := rapid.SliceOfN(rapid.IntRange(0, 20), 0, 40).Draw(t, "times")
		slices.Sort(times)
		percentile := func(percent int) int {
			for _, candidate := range times {
				within := 0
				for _, v := range times {
					if v <= candidate {
						within++
					}
				}
				if within*100 >= percent*len(times) {
					return candidate
				}
			}
			return -1
		}
		f := TaskFigures{Completed: len(times)}
		for n, seconds := range times {
			f.Took(n+1, seconds)
		}
		if len(times) == 0 {
			if f.CompletionTime != nil {
				t.Fatalf("got %+v of no times", *f.CompletionTime)
			}
			return
		}
		if got, want := *f.CompletionTime, (CompletionTime{percentile(50), percentile(90)}); got != want {
			t.Fatalf("%v: got %+v, want %+v", times, got, want)
		}
	})
}
