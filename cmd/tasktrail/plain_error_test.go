package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// What a command ends with holds our words and the kind of the cause, not the
// values that the cause repeats.
func TestErrorsOfCommandsShowNoValues(t *testing.T) {
	_, moment := time.Parse(time.RFC3339, "S3cret")
	if !strings.Contains(moment.Error(), "S3cret") { // the control
		t.Fatalf("the cause repeats nothing: %v", moment)
	}
	if got, want := (plainError{fmt.Errorf("db: read: %w", moment)}).Error(), "db: read: *time.ParseError"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
