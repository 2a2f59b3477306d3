package graph

import (
	"context"
	"errors"
	"time"

	"github.com/vikstrous/dataloadgen"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

// loadWait is how long a loader collects what it is asked for before it reads
// it all at once.
const loadWait = time.Millisecond

// loaders read for one operation, for one field of a mutation, or for one
// event of a subscription. They keep what they read and never look again, so
// they must not live longer.
type loaders struct {
	actors    *dataloadgen.Loader[string, incident.Actor]
	incidents *dataloadgen.Loader[string, incident.Incident]
	tasks     *dataloadgen.Loader[string, incident.Task]
	events    *dataloadgen.Loader[int64, *audit.Event]
	progress  *dataloadgen.Loader[string, incident.TaskProgress]
	ranks     *dataloadgen.Loader[string, int]

	taskLists   *family[incident.TaskListQuery, incident.Page[incident.Task]]
	taskCounts  *family[incident.TaskListQuery, int]
	ofIncidents *histories
	ofTasks     *histories
}

func newLoaders(reader incident.Reader, now func() time.Time) *loaders {
	return &loaders{
		actors:    batched(reader.ActorsByID),
		incidents: batched(reader.IncidentsByID),
		tasks:     batched(reader.TasksByID),
		events:    batched(reader.EventsByPosition),
		ranks:     batched(reader.Ranks),
		progress: batched(func(ctx context.Context, ids []string) (map[string]incident.TaskProgress, error) {
			return reader.Progress(ctx, ids, now())
		}),
		taskLists:   newFamily(reader.TaskLists, listsOf),
		taskCounts:  newFamily(reader.CountTaskLists, listsOf),
		ofIncidents: newHistories(reader, func(q *incident.HistoryQuery, ids []string) { q.IncidentIDs = ids }),
		ofTasks:     newHistories(reader, func(q *incident.HistoryQuery, ids []string) { q.TaskIDs = ids }),
	}
}

func listsOf(q *incident.TaskListQuery, ids []string) { q.IncidentIDs = ids }

func batched[K comparable, V any](read func(ctx context.Context, keys []K) (map[K]V, error)) *dataloadgen.Loader[K, V] {
	return dataloadgen.NewMappedLoader(read, dataloadgen.WithWait(loadWait))
}

type loadersKey struct{}

func withLoaders(ctx context.Context, l *loaders) context.Context {
	return context.WithValue(ctx, loadersKey{}, l)
}

// loadersFrom returns what [operations] put there for every operation.
func loadersFrom(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

// found turns a missing thing into null.
func found[T any](thing T, err error) (*T, error) {
	switch {
	case errors.Is(err, dataloadgen.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &thing, nil
}

// orZero turns a missing count or page into an empty one.
func orZero[T any](value T, err error) (T, error) {
	if errors.Is(err, dataloadgen.ErrNotFound) {
		var zero T
		return zero, nil
	}
	return value, err
}

// actor finds one that must exist, because something names it.
func (l *loaders) actor(ctx context.Context, id string) (*incident.Actor, error) {
	a, err := l.actors.Load(ctx, id)
	return &a, err
}

// actorIfAny is actor for an id that can be null.
func (l *loaders) actorIfAny(ctx context.Context, id *string) (*incident.Actor, error) {
	if id == nil {
		return nil, nil
	}
	return l.actor(ctx, *id)
}

func (l *loaders) incident(ctx context.Context, id string) (*incident.Incident, error) {
	return found(l.incidents.Load(ctx, id))
}

func (l *loaders) task(ctx context.Context, id string) (*incident.Task, error) {
	return found(l.tasks.Load(ctx, id))
}

// node begins to find anything by id; the function it returns waits for it.
func (l *loaders) node(ctx context.Context, id string) func() (model.Node, error) {
	switch incident.KindOfID(id) {
	case incident.IDIncident:
		return asNode(l.incidents.LoadThunk(ctx, id))
	case incident.IDTask:
		return asNode(l.tasks.LoadThunk(ctx, id))
	case incident.IDActor:
		return asNode(l.actors.LoadThunk(ctx, id))
	case incident.IDEvent:
		if position := incident.EventPosition(id); position > 0 {
			event := l.events.LoadThunk(ctx, position)
			return func() (model.Node, error) {
				e, err := orZero(event())
				if e == nil {
					return nil, err
				}
				return e, nil
			}
		}
	}
	return func() (model.Node, error) { return nil, nil }
}

// asNode keeps a missing thing from becoming a nil pointer in a non-nil Node.
func asNode[T any](thunk func() (T, error)) func() (model.Node, error) {
	return func() (model.Node, error) {
		thing, err := found(thunk())
		if thing == nil {
			return nil, err
		}
		return thing, nil
	}
}
