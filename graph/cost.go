package graph

import (
	"context"
	"maps"

	"github.com/99designs/gqlgen/graphql"
)

const (
	costExtension = "cost"         // of requests that ask for the cost, and of their responses
	costHeader    = "GraphQL-Cost" // the same for clients that cannot set extensions; any value but "0"
)

// costOf is the entry "cost" in the extensions of a response.
type costOf struct {
	Requested int `json:"requested"`
	Limit     int `json:"limit"`
}

// costAsked returns the cost of the operation if the client wants to know it:
// by "extensions": {"cost": true} in the request, or by the header. It is not
// known of an operation that was refused earlier.
func costAsked(ctx context.Context) (costOf, bool) {
	if !graphql.HasOperationContext(ctx) {
		return costOf{}, false
	}
	operation := graphql.GetOperationContext(ctx)
	header := operation.Headers.Get(costHeader)
	if asked, _ := operation.Extensions[costExtension].(bool); !asked && (header == "" || header == "0") {
		return costOf{}, false
	}
	cost, ok := operation.Stats.GetExtension(costExtension).(costOf)
	return cost, ok
}

// withExtension returns a copy of extensions, which others may share, with one
// more.
func withExtension(extensions map[string]any, name string, value any) map[string]any {
	extensions = maps.Clone(extensions)
	if extensions == nil {
		extensions = map[string]any{}
	}
	extensions[name] = value
	return extensions
}
