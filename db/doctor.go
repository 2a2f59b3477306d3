package db

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/uptrace/bun/driver/pgdriver"

	"tasktrail/incident"
)

// Severity says what a finding means for writing.
type Severity string

// A failure breaks what the database promises: nothing may be written. A
// warning leaves the promises, and somebody more able to break them than need
// be.
const (
	Failure Severity = "failure"
	Warning Severity = "warning"
)

// Finding is something about an installation that is not as it should be. No
// field holds a secret or what a user wrote.
type Finding struct {
	Severity Severity `json:"severity"`
	Check    string   `json:"check"`    // what was looked at, such as "trigger"
	Subject  string   `json:"subject"`  // its name, such as "audit_events.audit_events_fixed"
	Expected string   `json:"expected"` // "absent" for what should not be there
	Found    string   `json:"found"`    // "absent" for what is missing
	Remedy   string   `json:"remedy"`   // what to do, one sentence
}

// String is the finding on one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s %s: expected %s, found %s; %s", f.Severity, f.Check, f.Subject, f.Expected, f.Found, f.Remedy)
}

const absent = "absent"

// Diagnosis is what an examination of the installation came to.
type Diagnosis struct {
	Checks   int // how many things were compared with what they should be
	Findings []Finding
}

// Sound reports whether changes may be written: there is no failure, and with
// strict no warning either.
func (d Diagnosis) Sound(strict bool) bool {
	for _, f := range d.Findings {
		if strict || f.Severity == Failure {
			return false
		}
	}
	return true
}

// equal counts a check and reports whether it passed; if not, it is a finding.
func (d *Diagnosis) equal(s Severity, check, subject, expected, found, remedy string) bool {
	return d.holds(expected == found, s, check, subject, expected, found, remedy)
}

func (d *Diagnosis) holds(ok bool, s Severity, check, subject, expected, found, remedy string) bool {
	d.Checks++
	if !ok {
		d.Findings = append(d.Findings, Finding{s, check, subject, expected, found, remedy})
	}
	return ok
}

// Diagnose compares the installation with what the migrations make and what the
// promises of the trail rest on: tables, constraints, triggers and functions;
// the settings that make commits durable; files; on PostgreSQL what names lead
// to, roles and rights; and the ends of the trail. It reads catalogs and a few
// rows, so it takes as long with a million events as with ten, and needs no
// right but to read. It does not read the trail: see [Store.Verify]. An error
// means that it could not look.
func (s *Store) Diagnose(ctx context.Context) (Diagnosis, error) {
	d, examine := Diagnosis{}, s.diagnoseSQLite
	if s.url.postgres() {
		examine = s.diagnosePostgres
	}
	if err := examine(ctx, &d); err != nil {
		return d, fmt.Errorf("db: examine the installation: %w", err)
	}
	return d, nil
}

// Diagnose examines the installation that rawURL names, see [Store.Diagnose].
// It also does so where [Open] would refuse, except for a database that was
// never migrated or is of an older version: the error is [ErrNotMigrated].
func Diagnose(ctx context.Context, rawURL string) (d Diagnosis, err error) {
	s, err := connect(rawURL, Options{})
	if err != nil {
		return d, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	m, err := newMigrator(s.write, s.url.engine())
	if err != nil {
		return d, err
	}
	switch done, err := m.upToDate(ctx); {
	case errors.Is(err, ErrEdited), errors.Is(err, ErrNewerDatabase): // to be among the findings
	case err != nil:
		return d, unreachable(err)
	case !done:
		return d, ErrNotMigrated
	}
	return s.Diagnose(ctx)
}

// Check diagnoses, and from then on changes are refused with
// [incident.ErrReadOnly] or accepted, as the diagnosis says. After an error it
// stays as it was where the database was only slow or away, since then nobody
// can write anyway; if the database answered, but would not be examined, changes
// are refused.
func (s *Store) Check(ctx context.Context, strict bool) (Diagnosis, error) {
	d, err := s.Diagnose(ctx)
	switch {
	case err == nil:
		s.readOnly.Store(!d.Sound(strict))
	case !passing(ctx, err):
		s.readOnly.Store(true)
	}
	return d, err
}

// ReadOnly reports whether changes are refused because a check has failed.
func (s *Store) ReadOnly() bool { return s.readOnly.Load() }

// writable is asked before anything is written.
func (s *Store) writable() error {
	if s.readOnly.Load() {
		return incident.ErrReadOnly
	}
	return nil
}

// passing reports whether an error says nothing about the installation.
func passing(ctx context.Context, err error) bool {
	var pg pgdriver.Error
	if errors.As(err, &pg) && strings.HasPrefix(pg.Field('C'), "57") { // cancelled by a timeout, or shutting down
		return true
	}
	return ctx.Err() != nil || retryable(err) || errors.Is(unreachable(err), ErrUnreachable)
}
