package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// White space is trimmed from what is a name, and counts where text is kept as
// it was given; text of nothing else is none where something must be said.
func TestWhiteSpace(t *testing.T) {
	for _, blank := range []string{"", " ", "\t\n\r", "\u00a0", "\u3000", "\u2028"} {
		for name, check := range map[string]func(c *checker, s string){
			"title":     func(c *checker, s string) { c.title("title", s) },
			"reason":    func(c *checker, s string) { c.required("reason", &s, MaxReason) },
			"labels.1":  func(c *checker, s string) { c.labels([]string{"a", s}) },
			"no reason": func(c *checker, _ string) { c.required("no reason", nil, MaxReason) },
		} {
			c := &checker{}
			check(c, blank)
			if len(c.faults) != 1 || !slices.Equal(c.faults[0].(*ValidationError).Path, strings.Split("input."+name, ".")) ||
				!strings.Contains(c.faults[0].Error(), "besides white space") {
				t.Errorf("%s of %q: got %v, want one refusal", name, blank, c.faults)
			}
		}
		c := &checker{}
		got := c.optional("description", &blank, MaxDescription)
		if c.err() != nil || (got == nil) != (blank == "") || got != nil && *got != blank {
			t.Errorf("a description of %q: got %v, %v, want it as given", blank, got, c.err())
		}
		if c.title("title", blank+"a b"+blank) != "a b" || !slices.Equal(c.labels([]string{blank + "a b" + blank}), []string{"a b"}) || c.err() != nil {
			t.Errorf("%q around a title or label is not trimmed: %v", blank, c.err())
		}
	}
	// What surrounds a name does not count towards its limit.
	c := &checker{}
	c.title("title", strings.Repeat(" ", 600)+strings.Repeat("x", MaxTitle)+strings.Repeat(" ", 600))
	c.labels([]string{" " + strings.Repeat("x", MaxLabel) + " "})
	if c.err() != nil {
		t.Errorf("a title and a label at their limits, and white space: %v", c.err())
	}
}

func TestNumberOfLabels(t *testing.T) {
	many := func(n int) []string {
		out := make([]string, n)
		for i := range out {
			out[i] = fmt.Sprint("label ", i)
		}
		return out
	}
	for _, test := range []struct {
		labels []string
		want   int
		over   bool
	}{
		{nil, 0, false},
		{many(50), 50, false},
		{append(many(50), many(50)...), 50, false},
		{many(51), 51, true},
	} {
		c := &checker{}
		got := c.labels(test.labels)
		refused := len(c.faults) == 1 && strings.Contains(c.faults[0].Error(), "at most 50 labels, these are 51")
		if len(got) != test.want || got == nil || refused != test.over || len(c.faults) > 0 != test.over {
			t.Errorf("%d labels: got %d, %v, want %d, refused: %t", len(test.labels), len(got), c.faults, test.want, test.over)
		}
	}
}

// Everything wrong with an input is told at once, each at its own place.
func TestAllFaultsAtOnce(t *testing.T) {
	minus, long := -1, strings.Repeat("x", MaxReason+1)
	c := &checker{}
	c.common(Common{ExpectedVersion: &minus, Reason: &long, ClientMutationID: new(string)})
	c.title("title", "")
	c.severity("BAD")
	c.workStatus(IncidentClosed)
	c.patchTitle(nil)
	c.moment("dueAt", &time.Time{})
	c.moment("createdAt", utc(new(time.Date(0, 12, 31, 0, 0, 0, 0, time.UTC))))
	want := []string{"reason", "clientMutationId", "expectedVersion", "title", "severity", "status", "title", "createdAt"}
	var got []string
	for _, fault := range c.faults {
		got = append(got, fault.(*ValidationError).Path[1])
		if fault.Code() != CodeValidation || fault.Error() == "" {
			t.Errorf("got %+v", fault)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("the faults are at %q, want %q", got, want)
	}
}
