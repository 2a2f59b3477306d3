package graph

import (
	"context"
	"crypto/sha256"

	"github.com/99designs/gqlgen/graphql"
	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/vektah/gqlparser/v2/ast"
)

// Limits of the query cache: it holds what any client sends.
const (
	cachedQueries   = 1000
	cachedQueryText = 16 << 10 // longer documents are parsed each time
)

// queryCache keeps parsed and validated documents by the hash of their text.
type queryCache struct {
	documents *lru.Cache[[sha256.Size]byte, *ast.QueryDocument]
}

var _ graphql.Cache[*ast.QueryDocument] = queryCache{}

func newQueryCache() queryCache {
	documents, err := lru.New[[sha256.Size]byte, *ast.QueryDocument](cachedQueries)
	if err != nil {
		panic(err) // only for a size below 1
	}
	return queryCache{documents}
}

// Get looks a document up.
func (c queryCache) Get(_ context.Context, text string) (*ast.QueryDocument, bool) {
	return c.documents.Get(sha256.Sum256([]byte(text)))
}

// Add keeps a document unless it is too long.
func (c queryCache) Add(_ context.Context, text string, document *ast.QueryDocument) {
	if len(text) <= cachedQueryText {
		c.documents.Add(sha256.Sum256([]byte(text)), document)
	}
}
