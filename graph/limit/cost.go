package limit

import "github.com/vektah/gqlparser/v2/ast"

// Cost returns what a valid operation can cost at most, rounded up: 1 for each
// object, or the weight of its type, and the weight of each field, times the
// lengths of the lists around it. variables are the coerced values. Of several
// types that something can be of, the dearest counts. A field that is asked for
// twice counts twice. The cost of a subscription is that of one event.
func (s *Schema) Cost(operation *ast.OperationDefinition, variables map[string]any) int {
	total := s.thousandths(operation, variables)
	return total/unit + min(total%unit, 1)
}

func (s *Schema) thousandths(operation *ast.OperationDefinition, variables map[string]any) int {
	c := &costs{Schema: s, variables: variables, known: map[setOfType]cost{}}
	root := map[ast.Operation]string{ast.Query: "Query", ast.Mutation: "Mutation", ast.Subscription: "Subscription"}
	total := c.set(operation.SelectionSet, root[operation.Operation])
	return add(total.fixed, times(total.item, assumedSize))
}

// cost is that of a selection set: what it costs once, and what each item costs
// of those lists in it whose length the field above says.
type cost struct{ fixed, item int }

// setOfType is a selection set where an object of a type is selected from. Two
// sets that begin with the same element of the same slice are the same.
type setOfType struct {
	first *ast.Selection
	of    string
}

type costs struct {
	*Schema
	variables map[string]any
	known     map[setOfType]cost
	steps     int // nodes looked at
}

// set reckons the cost of a selection set for an object type, once.
func (c *costs) set(set ast.SelectionSet, of string) cost {
	if len(set) == 0 {
		return cost{}
	}
	key := setOfType{&set[0], of}
	if known, ok := c.known[key]; ok {
		return known
	}
	c.known[key] = cost{} // in case a fragment leads to itself
	var total cost
	for _, selection := range set {
		c.steps++
		one := c.selection(selection, of)
		total = cost{add(total.fixed, one.fixed), add(total.item, one.item)}
	}
	c.known[key] = total
	return total
}

func (c *costs) selection(selection ast.Selection, of string) cost {
	switch s := selection.(type) {
	case *ast.Field:
		if c.included(s.Directives) {
			return c.field(s, of)
		}
	case *ast.InlineFragment:
		if c.included(s.Directives) && (s.TypeCondition == "" || c.applies[s.TypeCondition][of]) {
			return c.set(s.SelectionSet, of)
		}
	case *ast.FragmentSpread:
		if s.Definition != nil && c.included(s.Directives) && c.applies[s.Definition.TypeCondition][of] {
			return c.set(s.Definition.SelectionSet, of)
		}
	}
	return cost{}
}

func (c *costs) field(field *ast.Field, of string) cost {
	w := c.types[of].fields[field.Name]
	if w == nil {
		return cost{} // __typename
	}
	object, below := c.object(field.SelectionSet, w.returns)
	if w.rare {
		object /= 2
	}
	length := 1
	if w.list != nil {
		length = c.length(w.list, field)
	}
	switch {
	case w.list != nil && w.list.below:
		return cost{fixed: add(w.weight, add(object, times(length, below)))}
	case w.sized:
		return cost{fixed: w.weight, item: add(object, times(assumedSize, below))}
	}
	return cost{fixed: add(w.weight, times(length, add(object, times(assumedSize, below))))}
}

// object returns what an object of a type costs with what is asked of it.
func (c *costs) object(set ast.SelectionSet, returns string) (fixed, item int) {
	if len(set) == 0 {
		return c.types[returns].weight, 0 // a scalar or enum
	}
	for _, possible := range c.possible[returns] {
		one := c.set(set, possible)
		fixed = max(fixed, add(c.types[possible].weight, one.fixed))
		item = max(item, one.item)
	}
	return fixed, item
}

// length returns how long a list can be: what the largest argument says that
// does, else what is assumed.
func (c *costs) length(list *listSize, field *ast.Field) int {
	length, given := 0, false
	for _, path := range list.slicing {
		argument := field.Arguments.ForName(path[0])
		if argument == nil {
			continue
		}
		value, err := argument.Value.Value(c.variables)
		if err != nil {
			return c.maxSize // a number too large for any list
		}
		for _, name := range path[1:] {
			object, _ := value.(map[string]any)
			value = object[name]
		}
		if n, ok := count(value); ok {
			length, given = max(length, n), true
		}
	}
	if !given {
		return list.assumed
	}
	return min(length, c.maxSize)
}

// included reports whether @skip and @include leave a selection in.
func (c *costs) included(directives ast.DirectiveList) bool {
	for _, d := range directives {
		if d.Name != "skip" && d.Name != "include" {
			continue
		}
		if a := d.Arguments.ForName("if"); a != nil {
			value, _ := a.Value.Value(c.variables)
			if on, ok := value.(bool); ok && on == (d.Name == "skip") {
				return false
			}
		}
	}
	return true
}
