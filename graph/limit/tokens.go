package limit

import (
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// Text counts the tokens of a document and looks at the length of names: the
// parser and the suggestions of the validator take time by them. What is no
// token ends the count; the parser says what is wrong with it.
func (l Limits) Text(text string) *Exceeded {
	tokens := 0
	for reader := lexer.New(&ast.Source{Input: text}); ; tokens++ {
		token, err := reader.ReadToken()
		if err != nil || token.Kind == lexer.EOF {
			return passed("tokens", "tokens of the document", tokens, l.Tokens)
		}
		if token.Kind == lexer.Name && len(token.Value) > l.NameLength {
			e := passed("nameLength", "characters of a name", len(token.Value), l.NameLength)
			e.Position = &token.Pos
			return e
		}
	}
}
