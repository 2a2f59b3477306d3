//go:build race

package graph_test

// slowdown is how much slower the race detector makes this at most.
const slowdown = 10
