package graph

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// A page of fifty incidents asks fifty times for an owner, from as many
// goroutines. The usual remedy waits a moment and reads what was asked for
// meanwhile; how much that is depends on the machine's load. Here, what was
// found together is remembered: the first that asks for something of one thing
// reads it for all that were found with it. So a page takes as many statements
// with fifty rows as with one, and nobody waits.

// perRead bounds one statement, whose text holds all keys.
const perRead = 1000

// groups remembers which keys were found together.
type groups[K comparable] struct {
	mu sync.Mutex
	of map[K][]K
}

func newGroups[K comparable]() *groups[K] { return &groups[K]{of: map[K][]K{}} }

// add makes a group of keys, except those that are in one already.
func (g *groups[K]) add(keys []K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var group []K
	for _, k := range keys {
		if _, ok := g.of[k]; !ok {
			g.of[k] = nil
			group = append(group, k)
		}
	}
	for _, k := range group {
		g.of[k] = group
	}
}

// with returns the group of k, which is k alone when it was never added.
func (g *groups[K]) with(k K) []K {
	g.mu.Lock()
	defer g.mu.Unlock()
	if group, ok := g.of[k]; ok {
		return group
	}
	return []K{k}
}

// loader reads one kind of thing by its keys, a group at a time, and keeps it.
type loader[K comparable, V any] struct {
	groups *groups[K]
	read   func(ctx context.Context, keys []K) (map[K]V, error)

	mu      sync.Mutex
	batches map[K]*batch[K, V]
}

// batch is a group that is read once, by whoever asks first.
type batch[K comparable, V any] struct {
	keys  []K
	once  sync.Once
	found map[K]V
	err   error
}

func newLoader[K comparable, V any](g *groups[K], read func(context.Context, []K) (map[K]V, error)) *loader[K, V] {
	return &loader[K, V]{groups: g, read: read, batches: map[K]*batch[K, V]{}}
}

// load returns what k names; ok is false when there is no such thing.
func (l *loader[K, V]) load(ctx context.Context, k K) (value V, ok bool, err error) {
	b := l.batch(k)
	b.once.Do(func() { b.found, b.err = l.readAll(ctx, b.keys) })
	value, ok = b.found[k]
	return value, ok, b.err
}

// orZero is load for what is zero or empty where there is none, such as counts.
func (l *loader[K, V]) orZero(ctx context.Context, k K) (V, error) {
	value, _, err := l.load(ctx, k)
	return value, err
}

// orNil is load for what may be absent.
func (l *loader[K, V]) orNil(ctx context.Context, k K) (*V, error) {
	value, ok, err := l.load(ctx, k)
	if !ok || err != nil {
		return nil, err
	}
	return &value, nil
}

// keep takes in what was read otherwise, unless it is there already.
func (l *loader[K, V]) keep(values map[K]V) {
	b := &batch[K, V]{found: values}
	b.once.Do(func() {})
	l.mu.Lock()
	defer l.mu.Unlock()
	for k := range values {
		if _, ok := l.batches[k]; !ok {
			l.batches[k] = b
		}
	}
}

func (l *loader[K, V]) batch(k K) *batch[K, V] {
	l.mu.Lock()
	defer l.mu.Unlock()
	if b, ok := l.batches[k]; ok {
		return b
	}
	b := &batch[K, V]{}
	for _, k := range l.groups.with(k) {
		if _, ok := l.batches[k]; !ok {
			l.batches[k] = b
			b.keys = append(b.keys, k)
		}
	}
	return b
}

func (l *loader[K, V]) readAll(ctx context.Context, keys []K) (map[K]V, error) {
	found := make(map[K]V, len(keys))
	for part := range slices.Chunk(keys, perRead) {
		values, err := l.read(ctx, part)
		if err != nil {
			return nil, err
		}
		maps.Copy(found, values)
	}
	return found, nil
}
