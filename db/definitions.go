package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// definitions are the live definitions as the trail had them at a position:
// that of the newest event of any definition. What the trail says up to a
// position never changes, so they can be kept; a batch that is about to write
// looks under the append lock whether they are still the newest, at no extra
// statement.
type definitions struct {
	revision   int64
	automation *incident.Automation
}

// errRedefined sends a batch back: somebody has changed a definition since the
// ones it worked with.
var errRedefined = errors.New("db: definitions have changed meanwhile")

// errListsMissing sends a batch back to be tried with all task lists: one of its
// changes has made a rule that another sets off, whose lists were not read.
var errListsMissing = errors.New("db: a rule of the same batch needs task lists")

// revision is the position of the newest event of a definition, or 0.
func revision(from bun.IDB) *bun.SelectQuery {
	return from.NewSelect().TableExpr("audit_events AS d").ColumnExpr("COALESCE(MAX(d.position), 0)").Where("d.incident_id IS NULL AND d.subject_kind <> ?", audit.SubjectEvent)
}

// definitions returns those that this store has read last. Only the writer
// calls it.
func (s *Store) definitions(ctx context.Context) (*definitions, error) {
	if s.defined == nil {
		read, err := s.readDefinitions(ctx)
		if err != nil {
			return nil, err
		}
		s.defined = read
	}
	return s.defined, nil
}

// readDefinitions reads all live definitions in a snapshot of their own.
func (s *Store) readDefinitions(ctx context.Context) (*definitions, error) {
	tx, err := s.read.BeginTx(ctx, readSnapshot(s.url))
	if err != nil {
		return nil, fmt.Errorf("db: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }()
	out := &definitions{}
	if err := revision(tx).Scan(ctx, &out.revision); err != nil {
		return nil, fmt.Errorf("db: read the newest definition: %w", err)
	}
	var rows []*definitionRow
	if err := tx.NewSelect().Model(&rows).Where("d.deleted_at IS NULL").Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read definitions: %w", err)
	}
	all := make([]any, len(rows))
	for n, r := range rows {
		if all[n], err = r.definition(); err != nil {
			return nil, err
		}
	}
	out.automation = incident.NewAutomation(all)
	return out, nil
}

// Automation implements [incident.Reader].
func (s *Store) Automation(ctx context.Context) (*incident.Automation, error) {
	read, err := s.readDefinitions(ctx)
	if err != nil {
		return nil, err
	}
	return read.automation, nil
}

// DefinitionsByID implements [incident.Reader].
func (s *Store) DefinitionsByID(ctx context.Context, ids []string) (map[string]any, error) {
	var rows []*definitionRow
	if err := s.read.NewSelect().Model(&rows).Where("d.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read definitions: %w", err)
	}
	out := make(map[string]any, len(rows))
	for _, r := range rows {
		definition, err := r.definition()
		if err != nil {
			return nil, err
		}
		out[r.ID] = definition
	}
	return out, nil
}

// DefinitionEvents implements [incident.Reader].
func (s *Store) DefinitionEvents(ctx context.Context, kind, id string) ([]*audit.Event, error) {
	var rows []*eventRow
	q := s.read.NewSelect().Model(&rows).Where("e.incident_id IS NULL AND e.subject_kind = ?", kind).OrderExpr("e.position")
	if id != "" {
		q = q.Where("e.subject_id = ?", id)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("db: read the history of definitions: %w", err)
	}
	events := make([]*audit.Event, len(rows))
	for n, r := range rows {
		e, err := r.event(s.trail)
		if err != nil {
			return nil, fmt.Errorf("db: read the history of definitions: %w", err)
		}
		events[n] = e
	}
	return events, nil
}
