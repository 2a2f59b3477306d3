package db

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"tasktrail/audit"
	"tasktrail/incident"
)

// load reads and locks everything that the changes need. On PostgreSQL the rows
// of the incidents are the lock for the incidents and their tasks, taken in the
// order of the ids; tasks and lists are read after it. On SQLite the
// transaction is the lock.
func (s *Store) load(ctx context.Context, tx bun.Tx, requests []*request, again retry) (*batch, error) {
	b := &batch{
		now:       s.now().UTC().Truncate(time.Microsecond),
		incidents: map[string]incident.Incident{}, tasks: map[string]incident.Task{},
		lists: map[string][]incident.TaskPlace{}, actors: map[string]incident.Actor{},
		replays: map[incident.MutationKey]*audit.Event{}, listed: map[*request]bool{}, old: map[int64]*audit.Event{},
	}
	var err error
	if err := s.lockDefinitions(ctx, tx, requests, again); err != nil {
		return nil, err
	}
	if b.defined, err = s.definitions(ctx); err != nil {
		return nil, err
	}
	b.current = b.defined.automation
	incidents, tasks, actors := set{}, set{}, set{}
	keys := map[incident.MutationKey]bool{}
	var redacts []int64
	lists, number := false, false
	for _, r := range requests {
		incidents.add(r.needs.Incidents)
		tasks.add(r.needs.Tasks)
		actors.add(r.needs.Actors)
		b.listed[r] = again.lists || b.needsLists(r)
		lists = lists || b.listed[r]
		number = number || r.needs.Number
		if r.needs.Redacts != 0 {
			redacts = append(redacts, r.needs.Redacts)
		}
		if r.needs.Mutation.ID != "" {
			keys[r.needs.Mutation] = true
		}
	}
	steps := []struct {
		needed bool
		read   func() error
	}{
		{len(incidents)+len(tasks) > 0, func() error { return s.lockIncidents(ctx, tx, b, incidents.sorted(), tasks.sorted()) }},
		{len(tasks) > 0, func() error { return b.loadTasks(ctx, tx, tasks.sorted()) }},
		{lists, func() error { return b.loadLists(ctx, tx, requests) }},
		{len(actors) > 0, func() error { return b.loadActors(ctx, tx, actors.sorted()) }},
		{number, func() error { return s.loadNumber(ctx, tx, b) }},
		{len(redacts) > 0, func() error { return s.loadRedacted(ctx, tx, b, redacts) }},
		{len(keys) > 0, func() error { return s.loadReplays(ctx, tx, b, keys) }},
	}
	for _, step := range steps {
		if !step.needed {
			continue
		}
		if err := step.read(); err != nil {
			return nil, fmt.Errorf("load: %w", err)
		}
	}
	return b, nil
}

func (s *Store) lockIncidents(ctx context.Context, tx bun.Tx, b *batch, ids, taskIDs []string) error {
	var rows []*incidentRow
	q := tx.NewSelect().Model(&rows).Where("i.id IN (?)", bun.List(ids)).Order("i.id")
	if len(taskIDs) > 0 {
		q = tx.NewSelect().Model(&rows).Order("i.id").
			Where("i.id IN (?) OR i.id IN (SELECT t.incident_id FROM tasks AS t WHERE t.id IN (?))", bun.List(ids), bun.List(taskIDs))
	}
	if s.url.postgres() {
		q = q.For("NO KEY UPDATE")
	}
	if err := q.Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		i, err := r.incident()
		if err != nil {
			return err
		}
		b.incidents[i.ID] = i
	}
	return nil
}

func (b *batch) loadTasks(ctx context.Context, tx bun.Tx, ids []string) error {
	var rows []*taskRow
	if err := tx.NewSelect().Model(&rows).Where("t.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		b.tasks[r.ID] = r.task()
	}
	return nil
}

// needsLists reports whether a change may look at task lists: because it says
// so, or because rules wait for it.
func (b *batch) needsLists(r *request) bool {
	return r.needs.TaskLists || b.current.Waits(r.needs.Triggers, b.now)
}

// loadLists reads the task lists of the incidents whose changes need them.
func (b *batch) loadLists(ctx context.Context, tx bun.Tx, requests []*request) error {
	wanted := set{}
	for _, r := range requests {
		if !b.listed[r] {
			continue
		}
		wanted.add(r.needs.Incidents)
		for _, id := range r.needs.Tasks {
			if t, ok := b.tasks[id]; ok {
				wanted.add([]string{t.IncidentID})
			}
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var rows []*taskRow
	err := tx.NewSelect().Model(&rows).
		Column("id", "incident_id", "order_key", "status", "mandatory", "deleted_at", "origin_id", "origin_key").
		Where("t.incident_id IN (?)", bun.List(wanted.sorted())).
		Order("t.incident_id", "t.order_key", "t.id").Scan(ctx)
	for id := range wanted {
		b.lists[id] = []incident.TaskPlace{}
	}
	for _, r := range rows {
		b.lists[r.IncidentID] = append(b.lists[r.IncidentID], incident.PlaceOf(r.task()))
	}
	return err
}

func (b *batch) loadActors(ctx context.Context, tx bun.Tx, ids []string) error {
	var rows []*actorRow
	if err := tx.NewSelect().Model(&rows).Where("a.id IN (?)", bun.List(ids)).Scan(ctx); err != nil {
		return err
	}
	for _, r := range rows {
		b.actors[r.ID] = r.actor()
	}
	return nil
}

// loadNumber reads the newest incident's number, under a lock of its own: a
// sequence would leave gaps, the append lock comes too late.
func (s *Store) loadNumber(ctx context.Context, tx bun.Tx, b *batch) error {
	if err := s.advisoryLock(ctx, tx, lockNumber); err != nil {
		return err
	}
	return tx.NewSelect().Model((*incidentRow)(nil)).ColumnExpr("COALESCE(MAX(i.number), 0)").Scan(ctx, &b.number)
}

func (s *Store) loadReplays(ctx context.Context, tx bun.Tx, b *batch, keys map[incident.MutationKey]bool) error {
	ids, actors := set{}, set{}
	for k := range keys {
		ids.add([]string{k.ID})
		actors.add([]string{k.ActorID})
	}
	var rows []*eventRow
	err := tx.NewSelect().Model(&rows).
		Where("e.actor_id IN (?) AND e.mutation_id IN (?)", bun.List(actors.sorted()), bun.List(ids.sorted())).Scan(ctx)
	if err != nil {
		return err
	}
	for _, r := range rows {
		key := incident.MutationKey{ActorID: r.ActorID, ID: r.MutationID}
		if !keys[key] {
			continue
		}
		e, err := r.event(s.trail)
		if err != nil {
			return err
		}
		b.replays[key] = e
	}
	return nil
}

// set is a set of ids.
type set map[string]struct{}

func (s set) add(ids []string) {
	for _, id := range ids {
		s[id] = struct{}{}
	}
}

func (s set) sorted() []string { return slices.Sorted(maps.Keys(s)) }
