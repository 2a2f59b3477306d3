package limit

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/parser"
)

func parse(t testing.TB, text string) *ast.QueryDocument {
	t.Helper()
	document, err := parser.ParseQuery(&ast.Source{Input: text})
	if err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return document
}

// numbered writes a format n times, with the number.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.ReplaceAll(format, "#", fmt.Sprint(i)))
	}
	return b.String()
}

// Each limit lets through what is as large as it says, and refuses one more.
func TestEachLimit(t *testing.T) {
	l := Default()
	nested := func(n int) string { return strings.Repeat("{ a ", n) + strings.Repeat("}", n) }
	for _, test := range []struct {
		limit    string
		maximum  int
		document func(n int) string
	}{
		{"tokens", l.Tokens, func(n int) string { return "{ a(b: [" + strings.Repeat(" 1", n-9) + "]) }" }},
		{"tokens", l.Tokens, func(n int) string { return strings.Repeat("#\n", n-3) + "{a}" }},
		{"nameLength", l.NameLength, func(n int) string { return "{" + strings.Repeat("a", n) + "}" }},
		{"operations", l.Operations, func(n int) string { return numbered(n, " query q# { a }") }},
		{"depth", l.Depth, nested},
		{"depth", l.Depth, func(n int) string { return "{ ...f } fragment f on T " + nested(n) }},
		{"depth", l.Depth, func(n int) string { return "{ a } fragment f on T " + nested(n) }},
		{"selections", l.Selections, func(n int) string { return "{ x {" + strings.Repeat(" a", n-1) + "} }" }},
		{"selections", l.Selections, func(n int) string {
			return "{ x {" + strings.Repeat(" ... { a }", (n-1)/2) + strings.Repeat(" a", (n-1)%2) + "} }"
		}},
		{"rootFields", l.RootFields, func(n int) string { return "{" + numbered(n, " a#") + "}" }},
		{"rootFields", l.RootFields, func(n int) string {
			return "{ ...f ...f } fragment f on Query { ... {" + numbered(n/2, " a#") + " } } "
		}},
		{"rootFields", l.RootFields, func(n int) string { return "subscription {" + numbered(n, " a#") + "}" }},
		{"mutations", l.Mutations, func(n int) string { return "mutation {" + numbered(n, " a#") + "}" }},
		{"aliases", l.Aliases, func(n int) string { return "{ x {" + numbered(n, " a#: b") + "} }" }},
		{"directives", l.Directives, func(n int) string { return "{ a" + strings.Repeat(" @x", n) + "}" }},
		{"directives", l.Directives, func(n int) string {
			return "query($v: T @x) @x { a ... @x { b } ...f @x } fragment f on T @x { c" + strings.Repeat(" @x", n-5) + "}"
		}},
		{"fragments", l.Fragments, func(n int) string { return "{ a }" + numbered(n, " fragment f# on T { a }") }},
		{"spreads", l.Spreads, func(n int) string { return "{ a {" + strings.Repeat(" ...f", n) + "} }" }},
		{"spreads", l.Spreads, func(n int) string {
			return "{ a { ...f } } fragment f on T { a } fragment f on T {" + strings.Repeat(" ...f", n-1) + "}"
		}},
		{"valueDepth", l.ValueDepth, func(n int) string { return "{ a(b: " + strings.Repeat("[", n) + strings.Repeat("]", n) + ") }" }},
		{"valueDepth", l.ValueDepth, func(n int) string {
			return "query($v: T = " + strings.Repeat("{a: ", n) + "1" + strings.Repeat("}", n) + ") { a }"
		}},
		{"valueDepth", l.ValueDepth, func(n int) string {
			return "query($v: " + strings.Repeat("[", n) + "T" + strings.Repeat("]", n) + ") { a }"
		}},
	} {
		check := func(n int) *Exceeded {
			text := test.document(n)
			if e := l.Text(text); e != nil {
				return e
			}
			return l.Document(parse(t, text))
		}
		if e := check(test.maximum); e != nil {
			t.Errorf("%s: %v in what is as large as the limit: %.100s", test.limit, e, test.document(test.maximum))
		}
		more := test.maximum + 1
		if test.limit == "rootFields" && strings.Contains(test.document(1), "...f ...f") {
			more++
		}
		e := check(more)
		if e == nil || e.Limit != test.limit || e.Maximum != test.maximum || e.Actual != more {
			t.Errorf("%s: got %+v for %d, want the limit of %d: %.100s", test.limit, e, more, test.maximum, test.document(more))
		} else if !strings.Contains(e.Error(), fmt.Sprint(test.maximum)) || !strings.Contains(e.Error(), fmt.Sprint(more)) {
			t.Errorf("%s: %q does not name the limit and what there is", test.limit, e)
		}
	}
}

func TestVariables(t *testing.T) {
	l := Default()
	deep := func(n int) map[string]any {
		var v any = "x"
		for range n {
			v = []any{v}
		}
		return map[string]any{"v": v}
	}
	for _, test := range []struct {
		name      string
		variables map[string]any
		limit     string
	}{
		{"none", nil, ""},
		{"as deep as may be", deep(l.ValueDepth), ""},
		{"too deep", deep(l.ValueDepth + 1), "valueDepth"},
		{"far too deep", deep(9000), "valueDepth"},
		{"as large as may be", map[string]any{"v": strings.Repeat("x", l.VariableBytes-8)}, ""},
		{"too large", map[string]any{"v": strings.Repeat("x", l.VariableBytes-7)}, "variableBytes"},
		{"too wide", map[string]any{"v": make([]any, l.VariableBytes/5+1)}, "variableBytes"},
		{"too many", many(l.VariableBytes / 6), "variableBytes"},
	} {
		e := l.Variables(test.variables)
		if (e == nil) != (test.limit == "") || e != nil && (e.Limit != test.limit || e.Actual <= e.Maximum) {
			t.Errorf("%s: got %+v, want %q", test.name, e, test.limit)
		}
	}
}

func many(n int) map[string]any {
	variables := map[string]any{}
	for i := range n {
		variables[fmt.Sprint(i)] = nil
	}
	return variables
}

// Sums and products end at the largest number instead of beginning anew.
func TestSaturation(t *testing.T) {
	const most = math.MaxInt
	for _, test := range [][2]int{{add(most, 1), most}, {add(most-1, 1), most}, {times(most, 2), most}, {times(1<<32, 1<<32), most}, {times(0, most), 0}, {times(3, 4), 12}} {
		if test[0] != test[1] {
			t.Errorf("got %d, want %d", test[0], test[1])
		}
	}
}

// A bomb of fragments is measured in as many steps as it has nodes, and its sums
// do not overflow.
func TestBombs(t *testing.T) {
	const levels = 60
	bomb := "{ ...f0 }" + numbered(levels, " fragment f# on Query { a { ...g# ...g# } b { ...g# ...g# } } fragment g# on Query { ...n# ...n# ...n# ...n# c }")
	for i := range levels {
		bomb = strings.ReplaceAll(bomb, fmt.Sprintf("...n%d ", i), fmt.Sprintf("...f%d ", i+1))
	}
	document := parse(t, bomb)
	m := measure(document)
	if got := m.operations[0]; got.depth != levels+1 && got.depth != levels {
		t.Errorf("the bomb is %d deep", got.depth)
	}
	if m.steps > 20*levels {
		t.Errorf("%d steps for %d fragments", m.steps, 2*levels)
	}
	flat := "{ ...f0 } " + numbered(70, "fragment f# on Query { ...n# ...n# a } ")
	for i := range 70 {
		flat = strings.ReplaceAll(flat, fmt.Sprintf("...n%d ", i), fmt.Sprintf("...f%d ", i+1))
	}
	if got := measure(parse(t, flat)).operations[0].fields; got != math.MaxInt {
		t.Errorf("2^70 root fields are counted as %d", got)
	}
	if e := Default().Document(parse(t, flat)); e == nil {
		t.Error("2^70 root fields are let through")
	}
	cycle := parse(t, "{ ...f } fragment f on Query { a { ...g } } fragment g on Query { ...f ...g b }")
	if m := measure(cycle); m.steps != 6 {
		t.Errorf("a cycle took %d steps, want 6", m.steps)
	}
}
