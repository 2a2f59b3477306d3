// Package model holds what the API has and the domain has not: scalars, pages
// as connections, and the type of a node. It is a package of its own because
// both the generated code and the resolvers need it.
package model
