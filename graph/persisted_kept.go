package graph

import (
	"sync"

	"github.com/hashicorp/golang-lru/v2/simplelru"
)

// Limits of the documents that clients leave, in bytes.
const (
	MaxKeptBytes    = 8 << 20
	MaxKeptDocument = 64 << 10
)

// keptDocuments are the documents used last, by the hash of their text. They
// are bounded by number and by size: whoever may read may fill it, at the price
// of one more round trip for others.
type keptDocuments struct {
	maxBytes, maxDocument int

	mu    sync.Mutex
	bytes int
	texts *simplelru.LRU[string, string] // nil: none are kept
}

func newKeptDocuments(count, maxBytes, maxDocument int) *keptDocuments {
	k := &keptDocuments{maxBytes: maxBytes, maxDocument: maxDocument}
	if count > 0 {
		k.texts, _ = simplelru.NewLRU(count, func(_, text string) { k.bytes -= len(text) }) // fails only for a size below 1
	}
	return k
}

func (k *keptDocuments) get(hash string) (string, bool) {
	if k.texts == nil {
		return "", false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.texts.Get(hash)
}

// add keeps a text, whose hash it must be, in place of those that were not used
// for longest.
func (k *keptDocuments) add(hash, text string) {
	if k.texts == nil || len(text) > k.maxDocument {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.texts.Contains(hash) {
		return
	}
	k.bytes += len(text)
	k.texts.Add(hash, text)
	for k.bytes > k.maxBytes {
		k.texts.RemoveOldest()
	}
}
