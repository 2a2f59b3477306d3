// Package limit says how large a GraphQL document may be and what it costs,
// before anything of it is run.
//
//	limit.go     the limits, and the error that names the one that was passed
//	tokens.go    the text: tokens and the length of names
//	document.go  the parsed document, before it is validated: depth and counts
//	variables.go the values of variables: depth and size
//	weight.go    what the schema says fields cost and how long lists are
//	cost.go      the validated document with its variables: the cost
//
// Each look is linear in the size of what it looks at, however fragments are
// nested: a fragment is measured once and its measure used wherever it is
// spread. All sums saturate. Nothing here reads or changes anything else.
package limit
