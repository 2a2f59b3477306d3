package main

import (
	"fmt"

	"tasktrail/graph/limit"
)

// limiting is how large a request may be, and what it may learn. The defaults
// are those of the API; what is no flag is a limit too, which --max-cost lists.
type limiting struct {
	MaxBody       int64  `default:"131072" placeholder:"BYTES" group:"Limits" help:"Largest body of a request, in bytes (${default}). A query string has 16384 at most."`
	MaxMessage    int64  `default:"65536" placeholder:"BYTES" group:"Limits" help:"Largest message from the client of a WebSocket, in bytes (${default})."`
	MaxTokens     int    `default:"2000" placeholder:"N" group:"Limits" help:"Tokens of a document, comments included (${default})."`
	MaxDepth      int    `default:"15" placeholder:"N" group:"Limits" help:"Fields within fields, through fragments too (${default})."`
	MaxSelections int    `default:"500" placeholder:"N" group:"Limits" help:"Fields, fragment spreads and inline fragments of a document, as written (${default})."`
	MaxAliases    int    `default:"30" placeholder:"N" group:"Limits" help:"Aliases of a document, as written (${default})."`
	MaxFragments  int    `default:"50" placeholder:"N" group:"Limits" help:"Fragments that a document defines (${default})."`
	MaxCost       int    `default:"10000" placeholder:"N" group:"Limits" help:"What an operation may cost by the weights of the schema, about 1 for each object read (${default}). Fixed besides: 20 root fields (5 of a mutation), 20 operations, 20 directives, 100 spreads, names of 100 characters, values nested 20 deep, variables of 65536 bytes, 20 errors in an answer."`
	Introspection string `default:"on" enum:"on,off" placeholder:"on|off" group:"Limits" help:"Whether clients with a token may ask for the schema, and errors suggest names that are nearly right (${default})."`
}

// limits returns what was chosen.
func (c *limiting) limits() (limit.Limits, error) {
	for name, n := range map[string]int64{
		"max-body": c.MaxBody, "max-message": c.MaxMessage, "max-tokens": int64(c.MaxTokens), "max-depth": int64(c.MaxDepth),
		"max-selections": int64(c.MaxSelections), "max-aliases": int64(c.MaxAliases), "max-fragments": int64(c.MaxFragments), "max-cost": int64(c.MaxCost),
	} {
		if n < 1 {
			return limit.Limits{}, usedWrongly(fmt.Errorf("--%s must be at least 1", name))
		}
	}
	return limit.Limits{
		Body: c.MaxBody, Message: c.MaxMessage, Tokens: c.MaxTokens, Depth: c.MaxDepth, Selections: c.MaxSelections,
		Aliases: c.MaxAliases, Fragments: c.MaxFragments, Cost: c.MaxCost,
	}, nil
}
