package limit

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator"
)

// shop is a schema with each way to say what something costs.
var shop = gqlparser.MustLoadSchema(&ast.Source{Input: `
	directive @cost(weight: String!) on FIELD_DEFINITION | OBJECT
	directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!], requireOneSlicingArgument: Boolean = true) on FIELD_DEFINITION
	interface Thing { id: ID! parts(first: Int, last: Int): Parts! @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], assumedSize: 50) }
	type Book implements Thing { id: ID! title: String! price: Int! @cost(weight: "7")
		parts(first: Int, last: Int): Parts! @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], assumedSize: 50)
		pages: [Page!]! @listSize(assumedSize: 3) unsized: [Page!] }
	type Disc implements Thing @cost(weight: "2.5") { id: ID! plays: [Page!]! @listSize(assumedSize: 4)
		parts(first: Int, last: Int): Parts! @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], assumedSize: 50) }
	type Page { text: String number: Int! }
	type Parts @cost(weight: "5") { edges: [Edge!]! nodes: [Thing!]! total: Int! @cost(weight: "10") }
	type Edge @cost(weight: "0") { node: Thing! }
	input Many { ids: [ID!]! n: Int }
	type Done { results: [Book!]! }
	type Query { book: Book thing: Thing parts(first: Int, last: Int): Parts! @listSize(slicingArguments: ["first", "last"], sizedFields: ["edges", "nodes"], assumedSize: 50)
		things(ids: [ID!]!): [Thing]! @listSize(slicingArguments: ["ids"]) dear: Int @cost(weight: "0.25") }
	type Mutation { sell(input: Many!): Done! @cost(weight: "3") @listSize(slicingArguments: ["input.ids", "input.n"], sizedFields: ["results"]) }
	type Subscription { sold: Thing! }`})

// operation returns the first operation of a valid document.
func operation(t testing.TB, document string) *ast.OperationDefinition {
	t.Helper()
	parsed := parse(t, document)
	if errs := validator.ValidateWithRules(shop, parsed, nil); len(errs) > 0 {
		t.Fatalf("%v: %s", errs, document)
	}
	return parsed.Operations[0]
}

func TestCost(t *testing.T) {
	s := NewSchema(shop, 200)
	for _, test := range []struct {
		document  string
		variables string // JSON
		want      int
	}{
		{`{ __typename }`, ``, 0},
		{`{ dear }`, ``, 1}, // 0.25, rounded up
		{`{ a: dear b: dear c: dear d: dear e: dear }`, ``, 2},
		{`{ book { id title } }`, ``, 1},
		{`{ book { price } }`, ``, 8},
		{`{ a: book { id } b: book { id } }`, ``, 2},
		{`{ book { pages { text } } }`, ``, 1 + 3},
		{`{ book { unsized { text } } }`, ``, 1 + 50},
		{`{ parts { total } }`, ``, 15},
		{`{ parts { nodes { id } } }`, ``, 5 + 50*5/2}, // a Disc is the dearest Thing
		{`{ parts(first: 10) { nodes { id } edges { node { id } } } }`, ``, 5 + 25 + 25},
		{`{ parts(last: 4) { nodes { id } } }`, ``, 5 + 10},
		{`{ parts(first: 2, last: 4) { nodes { id } } }`, ``, 5 + 10},
		{`{ parts(first: 100000) { nodes { id } } }`, ``, 5 + 500}, // such a page is refused later
		{`{ parts(first: -5) { nodes { id } } }`, ``, 5},
		{`{ parts(first: 0) { nodes { id } } }`, ``, 5},
		{`{ parts(first: null) { nodes { id } } }`, ``, 5 + 125},
		{`query($n: Int) { parts(first: $n) { nodes { id } } }`, `{"n": 6}`, 5 + 15},
		{`query($n: Int) { parts(first: $n) { nodes { id } } }`, `{}`, 5 + 125},
		{`query($n: Int) { parts(first: $n) { nodes { id } } }`, `{"n": null}`, 5 + 125},
		{`query($n: Int = 8) { parts(first: $n) { nodes { id } } }`, `{}`, 5 + 20},
		{`{ parts(first: 10) { ...p } } fragment p on Parts { nodes { id } ... { total } }`, ``, 5 + 25 + 10},
		{`{ a: parts(first: 10) { ...p } b: parts(first: 20) { ...p } } fragment p on Parts { nodes { id } }`, ``, 5 + 25 + 5 + 50},
		{`{ parts(first: 10) { nodes { parts(first: 10) { nodes { parts(first: 10) { nodes { id } } } } } } }`, ``, 5 + 25 + 50 + 250 + 500 + 2500},
		{`{ things(ids: ["a", "b", "c", "d"]) { id } }`, ``, 10},
		{`{ things(ids: "a") { id } }`, ``, 3},
		{`query($ids: [ID!]!) { things(ids: $ids) { id } }`, `{"ids": ["a", "b"]}`, 5},
		{`query($id: ID!) { things(ids: ["a", $id]) { id } }`, `{"id": "b"}`, 5},
		{`{ thing { ... on Book { price } ... on Disc { plays { text } } } }`, ``, 8},
		{`{ thing { id ... on Disc { plays { text } a: plays { text } } ...b } } fragment b on Book { price }`, ``, 11}, // 2.5 + 4 + 4
		{`{ thing { ... on Thing { ... on Book { price } } } }`, ``, 8},
		{`{ thing { ...t } } fragment t on Thing { ... on Book { price } ... on Disc { id } }`, ``, 8},
		{`{ book @skip(if: true) { price } }`, ``, 0},
		{`{ book @include(if: false) { price } }`, ``, 0},
		{`query($on: Boolean!) { book { title ... @include(if: $on) { price } ...p @skip(if: $on) } } fragment p on Book { pages { text } }`, `{"on": true}`, 8},
		{`query($on: Boolean!) { book { title ... @include(if: $on) { price } ...p @skip(if: $on) } } fragment p on Book { pages { text } }`, `{"on": false}`, 4},
		{`mutation { sell(input: {ids: ["a", "b"]}) { results { id } } }`, ``, 3 + 1 + 2},
		{`mutation($in: Many!) { sell(input: $in) { results { price } } }`, `{"in": {"ids": ["a", "b", "c"]}}`, 3 + 1 + 3*8},
		{`mutation($in: Many!) { sell(input: $in) { results { price } } }`, `{"in": {"ids": [], "n": 2}}`, 3 + 1 + 2*8},
		{`subscription { sold { id } }`, ``, 3},
		{`{ __schema { queryType { name } } }`, ``, 1002}, // not thirty times in one document
		{`{ __type(name: "Book") { name } }`, ``, 21},
	} {
		var variables map[string]any
		if test.variables != "" {
			if err := json.Unmarshal([]byte(test.variables), &variables); err != nil {
				t.Fatal(err)
			}
		}
		op := operation(t, test.document)
		if got := s.Cost(op, variables); got != test.want {
			t.Errorf("%s with %s costs %d, want %d", test.document, test.variables, got, test.want)
		}
		if got := naive(s, op, variables); got != s.thousandths(op, variables) {
			t.Errorf("%s: the expanded document costs %d, want %d", test.document, s.thousandths(op, variables), got)
		}
	}
}

// Costs saturate, and take no longer for fragments within fragments.
func TestCostOfBombs(t *testing.T) {
	s := NewSchema(shop, 200)
	const levels = 40
	bomb := "{ thing { ...f0 } }" + numbered(levels, " fragment f# on Thing { a: parts(first: 200) { nodes { ...n# } } b: parts(first: 200) { edges { node { ...n# } } } ... on Book { c: parts { nodes { ...n# } } } }") +
		fmt.Sprintf(" fragment f%d on Thing { id }", levels)
	for i := range levels {
		bomb = strings.ReplaceAll(bomb, fmt.Sprintf("...n%d ", i), fmt.Sprintf("...f%d ", i+1))
	}
	op := operation(t, bomb)
	c := &costs{Schema: s, known: map[setOfType]cost{}}
	if got := c.set(op.SelectionSet, "Query").fixed; got != math.MaxInt {
		t.Errorf("the bomb costs %d", got)
	}
	if c.steps > 50*levels {
		t.Errorf("%d steps for %d fragments", c.steps, levels)
	}
}

// naive reckons the same by walking along every path, in thousandths.
func naive(s *Schema, op *ast.OperationDefinition, variables map[string]any) int {
	c := &costs{Schema: s, variables: variables}
	var walk func(set ast.SelectionSet, of string, sized int) int
	walk = func(set ast.SelectionSet, of string, sized int) (total int) {
		for _, selection := range set {
			switch x := selection.(type) {
			case *ast.Field:
				w := s.types[of].fields[x.Name]
				if w == nil || !c.included(x.Directives) {
					continue
				}
				n, below := 1, assumedSize
				if w.list != nil {
					n = c.length(w.list, x)
				}
				if w.list != nil && w.list.below {
					n, below = 1, n
				} else if w.sized {
					n = sized
				}
				object := s.types[w.returns].weight
				if len(x.SelectionSet) > 0 {
					object = 0
					for _, possible := range s.possible[w.returns] {
						object = max(object, s.types[possible].weight+walk(x.SelectionSet, possible, below))
					}
				}
				total += w.weight + n*object
			case *ast.InlineFragment:
				if c.included(x.Directives) && (x.TypeCondition == "" || s.applies[x.TypeCondition][of]) {
					total += walk(x.SelectionSet, of, sized)
				}
			case *ast.FragmentSpread:
				if c.included(x.Directives) && s.applies[x.Definition.TypeCondition][of] {
					total += walk(x.Definition.SelectionSet, of, sized)
				}
			}
		}
		return total
	}
	root := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}
	return walk(op.SelectionSet, root[op.Operation], assumedSize)
}
