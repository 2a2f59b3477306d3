package graph

import (
	"slices"
	"strings"

	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"tasktrail/graph/transport"
)

// validator validates documents as gqlparser does, but stops when it has as many
// errors as are answered: a small document can have thousands, and each looks
// for names that are nearly right.
type validator struct {
	schema      *ast.Schema
	rules       []core.Rule // in order of their names, so that errors are always in the same order
	suggestions bool
}

// newValidator returns a validator. Without introspection, __schema and __type
// are refused, and errors do not suggest names.
func newValidator(schema *ast.Schema, introspection bool) *validator {
	v := &validator{schema: schema, suggestions: introspection}
	for name, rule := range rules.NewDefaultRules().GetInner() {
		v.rules = append(v.rules, core.Rule{Name: name, RuleFunc: rule})
	}
	if !introspection {
		v.rules = append(v.rules, noIntrospection)
	}
	slices.SortFunc(v.rules, func(a, b core.Rule) int { return strings.Compare(a.Name, b.Name) })
	return v
}

// enough ends a validation that has found enough errors.
type enough struct{}

// validate returns what is wrong with a document, and fills in what the schema
// says about it.
func (v *validator) validate(document *ast.QueryDocument) (errs gqlerror.List) {
	defer func() {
		if p := recover(); p != nil {
			if _, ok := p.(enough); !ok {
				panic(p)
			}
			errs = append(errs[:transport.MaxErrors], transport.ErrorsOmitted(0))
		}
	}()
	observers := &core.Events{}
	for _, rule := range v.rules {
		rule.RuleFunc(observers, func(options ...core.ErrorOption) {
			if len(errs) == transport.MaxErrors {
				panic(enough{})
			}
			err := &gqlerror.Error{Rule: rule.Name}
			for _, o := range options {
				o(err)
			}
			if !v.suggestions {
				err.Message, _, _ = strings.Cut(err.Message, " Did you mean ")
			}
			errcode.Set(err, errcode.ValidationFailed)
			errs = append(errs, err)
		})
	}
	core.Walk(v.schema, document, observers)
	return errs
}

// noIntrospection refuses questions about the schema. __typename is none.
var noIntrospection = core.Rule{Name: "NoIntrospection", RuleFunc: func(observers *core.Events, addError core.AddErrFunc) {
	observers.OnField(func(_ *core.Walker, field *ast.Field) {
		if field.Name == "__schema" || field.Name == "__type" {
			addError(core.Message("%s: introspection is off on this server", field.Name), core.At(field.Position))
		}
	})
}}
