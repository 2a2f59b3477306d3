package limit

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// Costs are reckoned in thousandths, so that sums are exact.
const unit = 1000

// Schema knows what the fields of a schema cost. It is safe for concurrent use.
type Schema struct {
	types    map[string]*typeWeight
	possible map[string][]string        // object types by the name of any type that they are of
	applies  map[string]map[string]bool // the same, to look up
	maxSize  int
}

type typeWeight struct {
	weight int
	fields map[string]*fieldWeight
}

type fieldWeight struct {
	weight  int    // for each time the field is asked for
	returns string // the name of its type
	// list says how long lists are, here or one level down; nil is 1.
	list *listSize
	// rare: it is null every other time, each level down again. Tools ask for nine
	// levels of wrapped types, of which most types have none or one.
	rare bool
	// sized: the field above says how long this list is.
	sized bool
}

type listSize struct {
	assumed int
	slicing [][]string // paths of arguments
	below   bool       // the lists are one level down
}

// assumedSize is how long a list is taken to be of which the schema says
// nothing.
const assumedSize = 50

// NewSchema reads @cost and @listSize. maxSize is the longest list that can be
// asked for: more in an argument is refused when the field is resolved. It
// panics when a directive makes no sense, which a test finds.
func NewSchema(schema *ast.Schema, maxSize int) *Schema {
	s := &Schema{
		types: map[string]*typeWeight{}, possible: map[string][]string{},
		applies: map[string]map[string]bool{}, maxSize: maxSize,
	}
	for name, definition := range schema.Types {
		s.types[name] = newTypeWeight(definition)
		s.applies[name] = map[string]bool{}
		for _, possible := range schema.GetPossibleTypes(definition) {
			s.possible[name] = append(s.possible[name], possible.Name)
			s.applies[name][possible.Name] = true
		}
	}
	for _, definition := range schema.Types {
		for _, field := range definition.Fields {
			if d := field.Directives.ForName("listSize"); d != nil {
				for _, name := range texts(d, "sizedFields") {
					s.types[field.Type.Name()].fields[name].sized = true
				}
			}
		}
	}
	s.introspection(schema)
	return s
}

func newTypeWeight(definition *ast.Definition) *typeWeight {
	w := &typeWeight{fields: map[string]*fieldWeight{}}
	if definition.IsCompositeType() {
		w.weight = weightOf(definition.Directives, unit)
	}
	for _, field := range definition.Fields {
		w.fields[field.Name] = newFieldWeight(field)
	}
	return w
}

func newFieldWeight(field *ast.FieldDefinition) *fieldWeight {
	w := &fieldWeight{weight: weightOf(field.Directives, 0), returns: field.Type.Name()}
	d := field.Directives.ForName("listSize")
	if d == nil {
		if field.Type.Elem != nil {
			w.list = &listSize{assumed: assumedSize}
		}
		return w
	}
	w.list = &listSize{assumed: assumedSize, below: len(texts(d, "sizedFields")) > 0}
	if a := d.Arguments.ForName("assumedSize"); a != nil {
		w.list.assumed = must(strconv.Atoi(a.Value.Raw))
	}
	for _, path := range texts(d, "slicingArguments") {
		w.list.slicing = append(w.list.slicing, strings.Split(path, "."))
	}
	return w
}

func weightOf(directives ast.DirectiveList, byDefault int) int {
	d := directives.ForName("cost")
	if d == nil {
		return byDefault
	}
	weight := must(strconv.ParseFloat(d.Arguments.ForName("weight").Value.Raw, 64))
	if !(weight >= 0 && weight < 1e9) {
		panic(fmt.Sprintf("limit: a weight of %v", weight))
	}
	return int(math.Round(weight * unit))
}

func texts(d *ast.Directive, argument string) (list []string) {
	if a := d.Arguments.ForName(argument); a != nil {
		for _, child := range a.Value.Children {
			list = append(list, child.Value.Raw)
		}
	}
	return list
}

// must is for the directives of our own schema, which is part of the program: one
// that is wrong stops every start and every test.
func must[T any](v T, err error) T {
	if err != nil {
		panic("limit: " + err.Error())
	}
	return v
}

// introspection gives the types of the standard, which no schema file can
// annotate, the lengths that their lists have in this schema. It is read from
// memory: everything that tools ask for must fit, but not thirty times.
func (s *Schema) introspection(schema *ast.Schema) {
	const weight = unit * 4 / 5
	for name, w := range s.types {
		if strings.HasPrefix(name, "__") && w.weight > 0 {
			w.weight = weight
		}
	}
	fields, arguments, values, inputs := 0, 0, 0, 0
	for _, definition := range schema.Types {
		values += len(definition.EnumValues)
		if !definition.IsCompositeType() {
			inputs += len(definition.Fields)
			continue
		}
		for _, field := range definition.Fields {
			fields++
			arguments += len(field.Arguments)
		}
	}
	mean := func(sum, of int) int { return sum/max(of, 1) + 1 }
	for field, length := range map[string]int{
		"__Schema.types": len(schema.Types), "__Schema.directives": len(schema.Directives),
		"__Type.fields": mean(fields, len(schema.Types)), "__Type.inputFields": mean(inputs, len(schema.Types)),
		"__Type.enumValues": mean(values, len(schema.Types)), "__Type.interfaces": 1, "__Type.possibleTypes": 2,
		"__Field.args": mean(arguments, fields), "__Directive.args": 2,
	} {
		of, name, _ := strings.Cut(field, ".")
		s.types[of].fields[name].list = &listSize{assumed: length}
	}
	s.types["__Type"].fields["ofType"].rare = true
	s.types["Query"].fields["__schema"].weight = 1000 * unit
	s.types["Query"].fields["__type"].weight = 20 * unit
}
