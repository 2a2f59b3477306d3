package limit

import (
	"fmt"
	"math"

	"github.com/vektah/gqlparser/v2/ast"
)

// Limits bound one operation. A limit of 0 means its default, see [Default].
type Limits struct {
	Body    int64 // bytes of a request body; a query string has 16 KiB at most
	Message int64 // bytes of a message from the client of a WebSocket

	Tokens     int // of the document, comments included
	NameLength int // characters of a name in it
	Operations int // in the document, of which a request runs one
	Depth      int // fields within fields, through fragments too
	Selections int // fields, inline fragments and fragment spreads, as written
	RootFields int // of one query, through fragments too
	Mutations  int // root fields of one mutation, through fragments too
	Aliases    int // as written
	Directives int // as written
	Fragments  int // fragment definitions
	Spreads    int // fragment spreads, as written

	ValueDepth    int // lists and objects within each other, in the document or in variables
	VariableBytes int // names and values of all variables, as compact JSON without escapes

	Cost int // see [Schema.Cost]
}

// Default returns the limits that hold where nothing else is said.
func Default() Limits {
	return Limits{
		Body: 128 << 10, Message: 64 << 10,
		Tokens: 2000, NameLength: 100, Operations: 20, Depth: 15, Selections: 500,
		RootFields: 20, Mutations: 5, Aliases: 30, Directives: 20, Fragments: 50, Spreads: 100,
		ValueDepth: 20, VariableBytes: 64 << 10, Cost: 10_000,
	}
}

// OrDefault returns l with its defaults filled in.
func (l Limits) OrDefault() Limits {
	d := Default()
	l.Body, l.Message = or(l.Body, d.Body), or(l.Message, d.Message)
	l.Tokens, l.NameLength, l.Operations = or(l.Tokens, d.Tokens), or(l.NameLength, d.NameLength), or(l.Operations, d.Operations)
	l.Depth, l.Selections = or(l.Depth, d.Depth), or(l.Selections, d.Selections)
	l.RootFields, l.Mutations = or(l.RootFields, d.RootFields), or(l.Mutations, d.Mutations)
	l.Aliases, l.Directives = or(l.Aliases, d.Aliases), or(l.Directives, d.Directives)
	l.Fragments, l.Spreads = or(l.Fragments, d.Fragments), or(l.Spreads, d.Spreads)
	l.ValueDepth, l.VariableBytes = or(l.ValueDepth, d.ValueDepth), or(l.VariableBytes, d.VariableBytes)
	l.Cost = or(l.Cost, d.Cost)
	return l
}

func or[T int | int64](value, byDefault T) T {
	if value == 0 {
		return byDefault
	}
	return value
}

// Exceeded says which limit a request has passed. Its text is fit for clients:
// it names the limit and repeats nothing else of the request.
type Exceeded struct {
	Limit    string // as clients see it in extensions.limit
	Maximum  int
	Actual   int           // math.MaxInt when it is more than can be counted
	Position *ast.Position // nil when it is the document as a whole

	of string // what was counted, in words
}

func (e *Exceeded) Error() string {
	actual := fmt.Sprint(e.Actual)
	if e.Actual == math.MaxInt {
		actual = "more than can be counted"
	}
	return fmt.Sprintf("%s: the limit is %d, this request has %s", e.of, e.Maximum, actual)
}

// CostExceeded refuses an operation for its cost.
func CostExceeded(cost, maximum int) *Exceeded {
	return passed("cost", "cost of the operation", cost, maximum)
}

// passed returns nil while actual is within maximum.
func passed(name, of string, actual, maximum int) *Exceeded {
	if actual <= maximum {
		return nil
	}
	return &Exceeded{Limit: name, of: of, Maximum: maximum, Actual: actual}
}

// add and times saturate; neither argument is negative.
func add(a, b int) int {
	if a > math.MaxInt-b {
		return math.MaxInt
	}
	return a + b
}

func times(a, b int) int {
	if a != 0 && b > math.MaxInt/a {
		return math.MaxInt
	}
	return a * b
}
