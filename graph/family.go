package graph

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/vikstrous/dataloadgen"

	"tasktrail/audit"
	"tasktrail/graph/model"
	"tasktrail/incident"
)

// family is a loader for each set of arguments: lists that are asked for with
// the same arguments are read together.
type family[Q, V any] struct {
	read func(ctx context.Context, q Q) (map[string]V, error)
	with func(q *Q, ids []string) // sets whose lists q asks for

	mu      sync.Mutex
	members map[string]*dataloadgen.Loader[string, V] // by q in JSON
}

func newFamily[Q, V any](read func(context.Context, Q) (map[string]V, error), with func(*Q, []string)) *family[Q, V] {
	return &family[Q, V]{read: read, with: with, members: map[string]*dataloadgen.Loader[string, V]{}}
}

// load reads what q, which names no ids, asks for of one id.
func (f *family[Q, V]) load(ctx context.Context, q Q, id string) (V, error) {
	key, err := json.Marshal(q)
	if err != nil {
		var zero V
		return zero, err
	}
	return orZero(f.member(string(key), q).Load(ctx, id))
}

func (f *family[Q, V]) member(key string, q Q) *dataloadgen.Loader[string, V] {
	f.mu.Lock()
	defer f.mu.Unlock()
	loader, ok := f.members[key]
	if !ok {
		loader = batched(func(ctx context.Context, ids []string) (map[string]V, error) {
			batch := q // batches of one loader can overlap
			f.with(&batch, ids)
			return f.read(ctx, batch)
		})
		f.members[key] = loader
	}
	return loader
}

// histories loads pages of events, and their counts when asked for.
type histories struct {
	pages  *family[incident.HistoryQuery, incident.Page[*audit.Event]]
	counts *family[incident.HistoryQuery, int]
}

func newHistories(reader incident.Reader, with func(*incident.HistoryQuery, []string)) *histories {
	return &histories{pages: newFamily(reader.Histories, with), counts: newFamily(reader.CountHistories, with)}
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
