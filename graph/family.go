package graph

import (
	"context"
	"encoding/json"
	"sync"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

// family is a loader for each set of arguments: lists that are asked for with
// the same arguments are read together.
type family[Q, V any] struct {
	groups *groups[string]
	with   func(q *Q, ids []string) // sets whose lists q asks for
	read   func(ctx context.Context, q Q) (map[string]V, error)

	mu      sync.Mutex
	members map[string]*loader[string, V] // by q in JSON
}

func newFamily[Q, V any](g *groups[string], with func(*Q, []string), read func(context.Context, Q) (map[string]V, error)) *family[Q, V] {
	return &family[Q, V]{groups: g, with: with, read: read, members: map[string]*loader[string, V]{}}
}

// load reads what q, which names no ids, asks for of one id.
func (f *family[Q, V]) load(ctx context.Context, q Q, id string) (V, error) {
	key, err := json.Marshal(q)
	if err != nil {
		var zero V
		return zero, err
	}
	return f.member(string(key), q).orZero(ctx, id)
}

func (f *family[Q, V]) member(key string, q Q) *loader[string, V] {
	f.mu.Lock()
	defer f.mu.Unlock()
	member, ok := f.members[key]
	if !ok {
		member = newLoader(f.groups, func(ctx context.Context, ids []string) (map[string]V, error) {
			batch := q // several batches can be read at once
			f.with(&batch, ids)
			return f.read(ctx, batch)
		})
		f.members[key] = member
	}
	return member
}

// histories loads pages of events, and their counts when asked for.
type histories struct {
	pages  *family[incident.HistoryQuery, incident.Page[*audit.Event]]
	counts *family[incident.HistoryQuery, int]
}

func newHistories(l *loaders, g *groups[string], reader incident.Reader, with func(*incident.HistoryQuery, []string)) *histories {
	return &histories{
		pages:  newFamily(g, with, notingPages(reader.Histories, l.foundEvents)),
		counts: newFamily(g, with, reader.CountHistories),
	}
}

// connection reads one page of the history of id.
func (h *histories) connection(ctx context.Context, q incident.HistoryQuery, id string) (*model.AuditEventConnection, error) {
	page, err := h.pages.load(ctx, q, id)
	if err != nil {
		return nil, err
	}
	return model.NewConnection(page, func(ctx context.Context) (int, error) {
		q.Page = incident.PageQuery{} // the count is the same for every page
		return h.counts.load(ctx, q, id)
	}), nil
}
