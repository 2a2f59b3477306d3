package limit

import "github.com/vektah/gqlparser/v2/ast"

// Document looks at a parsed document that need not be valid: fragments may be
// missing, there twice, or go in circles.
func (l Limits) Document(document *ast.QueryDocument) *Exceeded {
	m := measure(document)
	for _, e := range []*Exceeded{
		passed("operations", "operations in the document", len(document.Operations), l.Operations),
		passed("fragments", "fragments in the document", len(document.Fragments), l.Fragments),
		passed("selections", "fields, fragment spreads and inline fragments in the document", m.selections, l.Selections),
		passed("spreads", "fragment spreads in the document", m.spreads, l.Spreads),
		passed("aliases", "aliases in the document", m.aliases, l.Aliases),
		passed("directives", "directives in the document", m.directives, l.Directives),
		passed("valueDepth", "lists and objects within each other in a value", m.valueDepth, l.ValueDepth),
	} {
		if e != nil {
			return e
		}
	}
	for n, operation := range document.Operations {
		size := m.operations[n]
		e := passed("depth", "fields within fields", size.depth, l.Depth)
		if e == nil && operation.Operation == ast.Mutation {
			e = passed("mutations", "mutations in one operation", size.fields, l.Mutations)
		} else if e == nil {
			e = passed("rootFields", "root fields of an operation", size.fields, l.RootFields)
		}
		if e != nil {
			e.Position = operation.Position
			return e
		}
	}
	for _, fragment := range document.Fragments { // also those that nothing spreads
		if e := passed("depth", "fields within fields", m.fragment(fragment.Name).depth, l.Depth); e != nil {
			e.Position = fragment.Position
			return e
		}
	}
	return nil
}

// size is what a selection set comes to with its fragments put in.
type size struct {
	depth  int // of fields
	fields int // directly in it
}

func (s *size) take(other size) {
	s.depth = max(s.depth, other.depth)
	s.fields = add(s.fields, other.fields)
}

// measures is what a document comes to as it is written.
type measures struct {
	selections, spreads, aliases, directives, valueDepth int

	operations []size

	definitions map[string]*ast.FragmentDefinition // the first of each name, as validation takes it
	fragments   map[string]size                    // those measured, and begun
	steps       int                                // nodes looked at
}

func measure(document *ast.QueryDocument) *measures {
	m := &measures{definitions: map[string]*ast.FragmentDefinition{}, fragments: map[string]size{}}
	for _, f := range document.Fragments {
		if _, ok := m.definitions[f.Name]; !ok {
			m.definitions[f.Name] = f
		}
	}
	for _, operation := range document.Operations {
		m.variables(operation.VariableDefinitions)
		m.directive(operation.Directives)
		m.operations = append(m.operations, m.set(operation.SelectionSet))
	}
	for _, f := range document.Fragments {
		if m.definitions[f.Name] == f {
			m.fragment(f.Name)
		} else {
			m.definition(f) // counted, though nothing can spread it
		}
	}
	return m
}

// fragment measures the fragment of a name once. One that is in the middle of
// being measured leads to itself; validation refuses it, so here it is empty.
func (m *measures) fragment(name string) size {
	if known, ok := m.fragments[name]; ok {
		return known
	}
	definition := m.definitions[name]
	if definition == nil {
		return size{}
	}
	m.fragments[name] = size{}
	measured := m.definition(definition)
	m.fragments[name] = measured
	return measured
}

func (m *measures) definition(f *ast.FragmentDefinition) size {
	m.variables(f.VariableDefinition)
	m.directive(f.Directives)
	return m.set(f.SelectionSet)
}

func (m *measures) set(set ast.SelectionSet) (total size) {
	for _, selection := range set {
		m.selections++
		m.steps++
		switch s := selection.(type) {
		case *ast.Field:
			if s.Alias != s.Name {
				m.aliases++
			}
			m.arguments(s.Arguments)
			m.directive(s.Directives)
			total.take(size{depth: m.set(s.SelectionSet).depth + 1, fields: 1})
		case *ast.InlineFragment:
			m.directive(s.Directives)
			total.take(m.set(s.SelectionSet))
		case *ast.FragmentSpread:
			m.spreads++
			m.directive(s.Directives)
			total.take(m.fragment(s.Name))
		}
	}
	return total
}

func (m *measures) variables(list ast.VariableDefinitionList) {
	for _, v := range list {
		m.steps++
		m.directive(v.Directives)
		m.valueDepth = max(m.valueDepth, m.value(v.DefaultValue), typeDepth(v.Type))
	}
}

func (m *measures) directive(list ast.DirectiveList) {
	for _, d := range list {
		m.directives++
		m.steps++
		m.arguments(d.Arguments)
	}
}

func (m *measures) arguments(list ast.ArgumentList) {
	for _, a := range list {
		m.steps++
		m.valueDepth = max(m.valueDepth, m.value(a.Value))
	}
}

// value returns how many lists and objects are within each other in v.
func (m *measures) value(v *ast.Value) (depth int) {
	if v == nil {
		return 0
	}
	m.steps++
	if v.Kind != ast.ListValue && v.Kind != ast.ObjectValue {
		return 0
	}
	for _, child := range v.Children {
		depth = max(depth, m.value(child.Value))
	}
	return depth + 1
}

func typeDepth(t *ast.Type) (depth int) {
	for ; t != nil && t.Elem != nil; t = t.Elem {
		depth++
	}
	return depth
}
