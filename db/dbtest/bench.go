package dbtest

import (
	"os"
	"strconv"
)

// BenchEvents is how many events benchmarks of the whole trail use: 20,000, or
// what TASKTRAIL_BENCH_EVENTS says.
func BenchEvents() int {
	if n, err := strconv.Atoi(os.Getenv("TASKTRAIL_BENCH_EVENTS")); err == nil {
		return n
	}
	return 20_000
}
