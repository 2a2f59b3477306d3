package importer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Fault is one thing that is wrong with a file. Neither of its texts repeats
// what the file says, so both may be logged.
type Fault struct {
	Place   string // "line 12, incidents[3].title", "resources[0]…rawContent row 5, action 3"
	Message string
}

func (f Fault) String() string { return f.Place + ": " + f.Message }

// FaultsError is everything that is wrong with a file, in the order of the
// file, up to [MaxFaults].
type FaultsError struct {
	Faults []Fault
	More   bool // the file was not read to its end, there may be more
}

// Error lists the faults, a line each.
func (e *FaultsError) Error() string {
	lines := make([]string, 0, len(e.Faults)+1)
	for _, f := range e.Faults {
		lines = append(lines, f.String())
	}
	if e.More {
		lines = append(lines, fmt.Sprintf("and perhaps more; only the first %d faults are listed", MaxFaults))
	}
	return strings.Join(lines, "\n")
}

// faults collects what is wrong while a file is read.
type faults struct{ list []Fault }

func (f *faults) add(place, format string, args ...any) {
	if !f.full() {
		f.list = append(f.list, Fault{place, fmt.Sprintf(format, args...)})
	}
}

// full reports whether reading on is pointless.
func (f *faults) full() bool { return len(f.list) >= MaxFaults }

// err returns a [FaultsError], or nil.
func (f *faults) err() error {
	if len(f.list) == 0 {
		return nil
	}
	return &FaultsError{Faults: f.list, More: f.full()}
}

// sort brings faults that name lines into their order.
func (f *faults) sort() {
	line := func(a Fault) (n int) {
		_, _ = fmt.Sscanf(a.Place, "line %d", &n)
		return n
	}
	slices.SortStableFunc(f.list, func(a, b Fault) int { return cmp.Compare(line(a), line(b)) })
}
