// Package authtest has an OpenID provider for tests, and tokens that must be
// refused. Only tests import it.
package authtest
