package graph

import (
	"crypto/sha256"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Limits of the document cache: it holds what any client sends.
const (
	cachedQueries   = 1000
	cachedQueryText = 16 << 10 // longer documents are parsed each time
)

// documentCache keeps documents that were parsed, found within the limits and
// valid, by the hash of their text.
type documentCache struct {
	documents *lru.Cache[[sha256.Size]byte, *ast.QueryDocument]
}

func newDocumentCache() documentCache {
	documents, err := lru.New[[sha256.Size]byte, *ast.QueryDocument](cachedQueries)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return documentCache{documents}
}

func (c documentCache) get(text string) (*ast.QueryDocument, bool) {
	return c.documents.Get(sha256.Sum256([]byte(text)))
}

// add keeps a document unless it is too long.
func (c documentCache) add(text string, document *ast.QueryDocument) {
	if len(text) <= cachedQueryText {
		c.documents.Add(sha256.Sum256([]byte(text)), document)
	}
}
