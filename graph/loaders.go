package graph

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

// loaders read for one operation, for one field of a mutation, or for one
// event of a subscription. They keep what they read and never look again, so
// they must not live longer.
type loaders struct {
	incidentIDs, taskIDs, actorIDs *groups[string]
	keyIDs                         *groups[string] // of API keys
	positions, redacted            *groups[int64]

	actors     *loader[string, incident.Actor]
	incidents  *loader[string, incident.Incident]
	tasks      *loader[string, incident.Task]
	events     *loader[int64, *audit.Event]
	redactions *loader[int64, *audit.Event] // by the position of the redacted event
	progress   *loader[string, incident.TaskProgress]
	deliveries *loader[string, incident.Delivery]
	ranks      *loader[string, int]
	keyUses    *loader[string, time.Time]

	taskLists   *family[incident.TaskListQuery, incident.Page[incident.Task]]
	taskCounts  *family[incident.TaskListQuery, int]
	ofIncidents *histories
	ofTasks     *histories

	definitions *definitions
	past        *incident.Past
}

func newLoaders(reader incident.Reader, definitions *definitions, past *incident.Past, now func() time.Time) *loaders {
	l := &loaders{
		definitions: definitions, past: past,
		incidentIDs: newGroups[string](), taskIDs: newGroups[string](), actorIDs: newGroups[string](), keyIDs: newGroups[string](), positions: newGroups[int64](), redacted: newGroups[int64](),
	}
	definitions.found = l.foundAutomation
	l.actors = newLoader(l.actorIDs, reader.ActorsByID)
	l.incidents = newLoader(l.incidentIDs, noting(reader.IncidentsByID, l.foundIncidents))
	l.tasks = newLoader(l.taskIDs, noting(reader.TasksByID, l.foundTasks))
	l.events = newLoader(l.positions, noting(reader.EventsByPosition, l.foundEvents))
	l.redactions = newLoader(l.redacted, noting(reader.Redactions, l.foundEvents))
	l.ranks = newLoader(l.taskIDs, reader.Ranks)
	l.keyUses = newLoader(l.keyIDs, reader.KeyUses)
	l.deliveries = newLoader(newGroups[string](), reader.DeliveriesByID)
	l.progress = newLoader(l.incidentIDs, func(ctx context.Context, ids []string) (map[string]incident.TaskProgress, error) {
		return reader.Progress(ctx, ids, now())
	})
	listsOf := func(q *incident.TaskListQuery, ids []string) { q.IncidentIDs = ids }
	l.taskLists = newFamily(l.incidentIDs, listsOf, notingPages(reader.TaskLists, l.foundTasks))
	l.taskCounts = newFamily(l.incidentIDs, listsOf, reader.CountTaskLists)
	l.ofIncidents = newHistories(l, l.incidentIDs, reader, func(q *incident.HistoryQuery, ids []string) { q.IncidentIDs = ids })
	l.ofTasks = newHistories(l, l.taskIDs, reader, func(q *incident.HistoryQuery, ids []string) { q.TaskIDs = ids })
	return l
}

// noting is read, telling what was found together.
func noting[K comparable, V any](
	read func(context.Context, []K) (map[K]V, error), found func([]V),
) func(context.Context, []K) (map[K]V, error) {
	return func(ctx context.Context, keys []K) (map[K]V, error) {
		values, err := read(ctx, keys)
		found(slices.Collect(maps.Values(values)))
		return values, err
	}
}

// notingPages is read, telling what was found together on all pages.
func notingPages[Q, V any](
	read func(context.Context, Q) (map[string]incident.Page[V], error), found func([]V),
) func(context.Context, Q) (map[string]incident.Page[V], error) {
	return func(ctx context.Context, q Q) (map[string]incident.Page[V], error) {
		pages, err := read(ctx, q)
		var all []V
		for _, p := range pages {
			all = append(all, p.Items...)
		}
		found(all)
		return pages, err
	}
}

// foundIncidents notes incidents that belong together, and what they name.
func (l *loaders) foundIncidents(list []incident.Incident) {
	var ids, actors []string
	values := make(map[string]incident.Incident, len(list))
	for _, i := range list {
		ids, values[i.ID] = append(ids, i.ID), i
		actors = appendAny(append(actors, i.CreatedByID, i.UpdatedByID), i.OwnerID)
	}
	l.incidentIDs.add(ids)
	l.incidents.keep(values)
	l.actorIDs.add(actors)
}

// foundTasks notes tasks that belong together, and what they name.
func (l *loaders) foundTasks(list []incident.Task) {
	var ids, incidents, actors []string
	values := make(map[string]incident.Task, len(list))
	for _, t := range list {
		ids, incidents, values[t.ID] = append(ids, t.ID), append(incidents, t.IncidentID), t
		actors = appendAny(append(actors, t.CreatedByID, t.UpdatedByID), t.AssigneeID, t.CompletedByID)
	}
	l.taskIDs.add(ids)
	l.tasks.keep(values)
	l.incidentIDs.add(incidents)
	l.actorIDs.add(actors)
}

// foundEvents notes what events that belong together are about.
func (l *loaders) foundEvents(list []*audit.Event) {
	var incidents, tasks, actors []string
	var causes, redacted []int64
	for _, e := range list {
		if e.Payload.CausedBy != 0 {
			causes = append(causes, e.Payload.CausedBy)
		}
		if e.Redacted {
			redacted, actors = append(redacted, e.Position), append(actors, e.ActorID)
		}
		if e.IncidentID != "" {
			incidents = append(incidents, e.IncidentID)
		}
		if e.SubjectKind == incident.SubjectTask {
			tasks = append(tasks, e.SubjectID)
		}
	}
	l.incidentIDs.add(incidents)
	l.taskIDs.add(tasks)
	l.positions.add(causes)
	l.redacted.add(redacted)
	l.actorIDs.add(actors)
}

func appendAny(list []string, ids ...*string) []string {
	for _, id := range ids {
		if id != nil {
			list = append(list, *id)
		}
	}
	return list
}

type loadersKey struct{}

func withLoaders(ctx context.Context, l *loaders) context.Context {
	return context.WithValue(ctx, loadersKey{}, l)
}

// loadersFrom returns what [operations] put there for every operation.
func loadersFrom(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// errMissing: the database refers to something that is not in it.
var errMissing = errors.New("graph: what something refers to does not exist")

// actor finds one that must exist, because something names it.
func (l *loaders) actor(ctx context.Context, id string) (*incident.Actor, error) {
	a, err := l.actors.orNil(ctx, id)
	if a == nil && err == nil {
		err = errMissing
	}
	return a, err
}

// actorIfAny is actor for an id that can be null.
func (l *loaders) actorIfAny(ctx context.Context, id *string) (*incident.Actor, error) {
	if id == nil {
		return nil, nil
	}
	return l.actor(ctx, *id)
}

// expect notes ids that are about to be looked up, of whatever kinds.
func (l *loaders) expect(ids []string) {
	of := map[incident.IDKind][]string{}
	var positions []int64
	for _, id := range ids {
		kind := incident.KindOfID(id)
		of[kind] = append(of[kind], id)
		if kind == incident.IDEvent {
			positions = append(positions, audit.EventPosition(id))
		}
	}
	l.incidentIDs.add(of[incident.IDIncident])
	l.taskIDs.add(of[incident.IDTask])
	l.actorIDs.add(of[incident.IDActor])
	l.positions.add(positions)
}

// node finds anything by id.
func (l *loaders) node(ctx context.Context, id string) (model.Node, error) {
	switch incident.KindOfID(id) {
	case incident.IDIncident:
		return asNode(l.incidents.orNil(ctx, id))
	case incident.IDTask:
		return asNode(l.tasks.orNil(ctx, id))
	case incident.IDActor:
		return asNode(l.actors.orNil(ctx, id))
	case incident.IDEvent:
		if e, err := l.events.orZero(ctx, audit.EventPosition(id)); e != nil {
			return e, err
		} else if err != nil {
			return nil, err
		}
	case incident.IDPlaybook:
		return asNode(l.definitions.playbook(ctx, id))
	case incident.IDRule:
		return asNode(l.definitions.rule(ctx, id))
	case incident.IDWebhook:
		return asNode(l.definitions.webhook(ctx, id))
	case incident.IDServiceAccount:
		return asNode(l.definitions.serviceAccount(ctx, id))
	case incident.IDDelivery:
		return asNode(l.deliveries.orNil(ctx, id))
	}
	return nil, nil
}

// asNode keeps a missing thing from becoming a nil pointer in a non-nil Node.
func asNode[T any](thing *T, err error) (model.Node, error) {
	if thing == nil {
		return nil, err
	}
	return thing, err
}
