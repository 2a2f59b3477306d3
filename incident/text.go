package incident

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Limits of texts, in characters, and of lists.
const (
	MaxTitle       = 500
	MaxDescription = 10_000
	MaxReason      = 2_000 // reasons, comments
	MaxLabels      = 50
	MaxLabel       = 100
	MaxMutationID  = 200
	MaxTasks       = 1_000 // live tasks of one incident
)

// checker collects everything that is wrong with an input.
type checker struct{ faults Refusal }

func (c *checker) fail(field, format string, args ...any) {
	c.faults = append(c.faults, refuse(field, format, args...)...)
}

// err returns the refusal, or nil.
func (c *checker) err() error {
	if len(c.faults) == 0 {
		return nil
	}
	return c.faults
}

// nameOf is what a text calls a field: the last part of its path, with what it
// is in when that is a place in a list.
func nameOf(field string) string {
	parts := strings.Split(field, ".")
	from := len(parts) - 1
	if _, err := strconv.Atoi(parts[from]); err == nil && from > 0 {
		from--
	}
	return strings.Join(parts[from:], ".")
}

// plain refuses what no database of ours stores unchanged, and what is too long.
func (c *checker) plain(field, s string, limit int) {
	switch {
	case !utf8.ValidString(s):
		c.fail(field, "%s must be valid UTF-8", nameOf(field))
	case strings.ContainsRune(s, 0):
		c.fail(field, "%s must not contain the NUL character", nameOf(field))
	case utf8.RuneCountInString(s) > limit:
		c.fail(field, "%s must have at most %d characters, this one has %d", nameOf(field), limit, utf8.RuneCountInString(s))
	}
}

// title returns s without surrounding white space.
func (c *checker) title(field, s string) string {
	trimmed := strings.TrimSpace(s)
	if trimmed == "" {
		c.fail(field, "%s must have from 1 to %d characters besides white space", nameOf(field), MaxTitle)
		return ""
	}
	c.plain(field, trimmed, MaxTitle)
	return trimmed
}

// optional checks a text that may be absent; empty text counts as absent.
func (c *checker) optional(field string, s *string, limit int) *string {
	if s == nil || *s == "" {
		return nil
	}
	c.plain(field, *s, limit)
	return s
}

// required checks a text that must say something.
func (c *checker) required(field string, s *string, limit int) {
	if s == nil || strings.TrimSpace(*s) == "" {
		c.fail(field, "%s must have from 1 to %d characters besides white space", nameOf(field), limit)
	}
}

// labels returns the labels trimmed, without repetitions, in the order given.
func (c *checker) labels(in []string) []string { return c.labelsAt("labels", in) }

func (c *checker) labelsAt(at string, in []string) []string {
	out := []string{}
	for i, l := range in {
		l = strings.TrimSpace(l)
		name := fmt.Sprintf("%s.%d", at, i)
		if l == "" {
			c.fail(name, "a label must have from 1 to %d characters besides white space", MaxLabel)
			continue
		}
		c.plain(name, l, MaxLabel)
		if !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	if len(out) > MaxLabels {
		c.fail(at, "there can be at most %d labels, these are %d", MaxLabels, len(out))
	}
	return out
}

// utc brings a time into the form that is stored: UTC, whole microseconds.
func utc(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	u := t.UTC().Truncate(time.Microsecond)
	return &u
}

// moment checks a time that utc has brought into its form.
func (c *checker) moment(field string, t *time.Time) *time.Time {
	if t != nil && (t.Year() < 1 || t.Year() > 9999) {
		c.fail(field, "%s must be in the years 1 to 9999", nameOf(field))
		return nil
	}
	return t
}

func (c *checker) mutationID(id *string, limit int) {
	if id == nil {
		return
	}
	if *id == "" {
		c.fail("clientMutationId", "clientMutationId must have from 1 to %d characters; leave it out to have none", limit)
	}
	c.plain("clientMutationId", *id, limit)
}

// common checks what every input carries.
func (c *checker) common(in Common) {
	c.optional("reason", in.Reason, MaxReason)
	c.mutationID(in.ClientMutationID, MaxMutationID)
	if v := in.ExpectedVersion; v != nil && *v < 0 {
		c.fail("expectedVersion", "expectedVersion must not be negative")
	}
}
