package graph

import (
	"maps"

	"github.com/vektah/gqlparser/v2/ast"

	"tasktrail/graph/generated"
)

// servedSchema is the schema without @defer, which the parser adds to every
// schema: our transports answer a query at once.
func servedSchema() *ast.Schema {
	schema := *generated.NewExecutableSchema(generated.Config{}).Schema()
	schema.Directives = maps.Clone(schema.Directives)
	delete(schema.Directives, "defer")
	return &schema
}
