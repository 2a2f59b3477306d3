package limit

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator"
)

// FuzzDocument holds the measures of any document against its tokens, and
// against what expanding its fragments gives where that can be done.
func FuzzDocument(f *testing.F) {
	for _, seed := range []string{
		"{ a }", "{ book { price ...f } } fragment f on Book { id }", "{ ...f } fragment f on Query { ...f }",
		"{ ...f ...g } fragment f on Query { ...g book { id } } fragment g on Query { parts(first: 3) { edges { node { id } } } }",
		"query($n: Int = 3) { parts(first: $n) { nodes { ... on Book { pages { text } } } total } }",
		"mutation { sell(input: {ids: [\"a\"]}) { results { id } } }", "{ a: b @skip(if: true) { c(d: [[1], {e: f}]) } }", "", "{", "fragment f on T { a }",
	} {
		f.Add(seed)
	}
	schema := NewSchema(shop, 200)
	f.Fuzz(func(t *testing.T, text string) { checkDocument(t, schema, text) })
}

// The same for documents that are made to be valid.
func TestRandomDocuments(t *testing.T) {
	schema := NewSchema(shop, 200)
	valid := 0
	for n := range 1000 {
		g := generator{rand.New(rand.NewPCG(uint64(n), 1))}
		if checkDocument(t, schema, g.document()) {
			valid++
		}
	}
	t.Logf("%d of 1000 random documents are valid, and cost what they cost expanded", valid)
	if valid < 200 {
		t.Errorf("only %d of 1000 documents were valid", valid)
	}
}

// checkDocument reports whether the document is valid.
func checkDocument(t *testing.T, schema *Schema, text string) bool {
	t.Helper()
	_ = Default().Text(text)
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		return false
	}
	m := measure(document)
	if tokens := tokensOf(text); m.steps > tokens {
		t.Errorf("%d steps for %d tokens: %q", m.steps, tokens, text)
	}
	_ = Default().Document(document)
	for n, operation := range document.Operations {
		steps := 0
		if want, ok := expanded(document, operation.SelectionSet, &steps, nil); ok && want != m.operations[n] {
			t.Errorf("measured %+v, expanded it is %+v: %q", m.operations[n], want, text)
		}
	}
	if len(document.Operations) == 0 || len(validator.ValidateWithRules(shop, document, nil)) > 0 {
		return false
	}
	for _, operation := range document.Operations {
		steps := 0
		if _, ok := expanded(document, operation.SelectionSet, &steps, nil); !ok || steps > 1000 {
			continue
		}
		if got, want := schema.thousandths(operation, nil), naive(schema, operation, nil); got != want && want > 0 && want < 1e12 {
			t.Errorf("costs %d, expanded it costs %d: %q", got, want, text)
		}
	}
	return true
}

func tokensOf(text string) (n int) {
	for reader := lexer.New(&ast.Source{Input: text}); ; n++ {
		if token, err := reader.ReadToken(); err != nil || token.Kind == lexer.EOF {
			return n
		}
	}
}

// expanded measures a selection set by going along every path. It gives up at a
// fragment within itself, and when that takes too long.
func expanded(document *ast.QueryDocument, set ast.SelectionSet, steps *int, within []string) (total size, ok bool) {
	for _, selection := range set {
		if *steps++; *steps > 10_000 {
			return total, false
		}
		switch s := selection.(type) {
		case *ast.Field:
			below, ok := expanded(document, s.SelectionSet, steps, within)
			if !ok {
				return total, false
			}
			total.take(size{depth: below.depth + 1, fields: 1})
		case *ast.InlineFragment:
			inline, ok := expanded(document, s.SelectionSet, steps, within)
			if !ok {
				return total, false
			}
			total.take(inline)
		case *ast.FragmentSpread:
			for _, name := range within {
				if name == s.Name {
					return total, false
				}
			}
			definition := document.Fragments.ForName(s.Name)
			if definition == nil {
				continue
			}
			spread, ok := expanded(document, definition.SelectionSet, steps, append(within[:len(within):len(within)], s.Name))
			if !ok {
				return total, false
			}
			total.take(spread)
		}
	}
	return total, true
}

// generator makes documents for the shop.
type generator struct{ *rand.Rand }

func (g generator) document() string {
	var b strings.Builder
	fragments := g.IntN(4)
	b.WriteString("{ " + g.set("Query", 4, fragments) + " }")
	for n := range fragments {
		fmt.Fprintf(&b, " fragment f%d on %s { %s }", n, shopTypes[n], g.set(shopTypes[n], 3, n))
	}
	return b.String()
}

// shopTypes are those of the fragments f0, f1 and f2.
var shopTypes = []string{"Thing", "Parts", "Book"}

// set selects from a type; it spreads only fragments before the one of that
// number, so that none leads to itself.
func (g generator) set(of string, depth, fragments int) string {
	parts := []string{"__typename"}
	definition := shop.Types[of]
	for range 1 + g.IntN(3) {
		switch g.IntN(6) {
		case 0:
			if fragments > 0 {
				parts = append(parts, fmt.Sprintf("...f%d", g.IntN(fragments)))
			}
		case 1:
			parts = append(parts, "... { "+g.set(of, depth-1, 0)+" }")
		case 2:
			if of == "Thing" && depth > 0 {
				parts = append(parts, "... on Book { "+g.set("Book", depth-1, fragments)+" }")
			}
		default:
			field := definition.Fields[g.IntN(len(definition.Fields))]
			if strings.HasPrefix(field.Name, "__") {
				continue
			}
			text := fmt.Sprintf("a%d: %s", g.IntN(1000), field.Name)
			if field.Arguments.ForName("first") != nil {
				text += fmt.Sprintf("(first: %d)", g.IntN(9))
			} else if field.Arguments.ForName("ids") != nil {
				text += fmt.Sprintf("(ids: [%s])", strings.Repeat(`"x" `, g.IntN(4)))
			}
			if shop.Types[field.Type.Name()].IsCompositeType() {
				if depth <= 0 {
					continue
				}
				text += " { " + g.set(field.Type.Name(), depth-1, fragments) + " }"
			}
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " ")
}

// FuzzVariables looks at any JSON object: it never panics, and what it lets
// through is no larger than its text.
func FuzzVariables(f *testing.F) {
	for _, seed := range []string{`{}`, `{"a":1}`, `{"a":[[{"b":"c"}],null,true,1e9]}`, `{"a":` + strings.Repeat("[", 50) + strings.Repeat("]", 50) + `}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var variables map[string]any
		decoder := json.NewDecoder(strings.NewReader(text))
		decoder.UseNumber()
		if decoder.Decode(&variables) != nil {
			return
		}
		if e := (Limits{ValueDepth: 1 << 20, VariableBytes: 4*len(text) + 10}).Variables(variables); e != nil {
			t.Errorf("%v for %d bytes", e, len(text))
		}
		_ = Default().Variables(variables)
	})
}
