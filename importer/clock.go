package importer

import (
	"sync"
	"time"
)

// Clock is a time that only moves when told to, until it is released and
// follows the real one. A store that has its Now as Options.Now writes a
// history that is older than the program.
type Clock struct {
	mu       sync.Mutex
	now      time.Time
	released bool
}

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return &Clock{now: start} }

// Now returns the time of the clock.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.released {
		return time.Now()
	}
	return c.now
}

// Advance moves the clock on. It never goes back.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(max(0, d))
}

// Release lets the clock show the real time from now on.
func (c *Clock) Release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.released = true
}
