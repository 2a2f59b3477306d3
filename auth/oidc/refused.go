package oidc

import (
	"errors"

	"github.com/golang-jwt/jwt/v5"

	"tasktrail/auth"
)

// tokenError says why a token is refused, in words that hold nothing of it. It
// wraps [auth.ErrInvalidToken].
type tokenError struct{ reason string }

func (e *tokenError) Error() string { return "oidc: the token is refused: " + e.reason }
func (e *tokenError) Unwrap() error { return auth.ErrInvalidToken }

func refused(reason string) error { return &tokenError{reason} }

// reasons are those of the library's errors that can come here, the first that
// fits counts.
var reasons = []struct {
	err    error
	reason string
}{
	{jwt.ErrTokenSignatureInvalid, "its signature is wrong, or its alg is none of algorithms"},
	{jwt.ErrTokenMalformed, "it cannot be read"},
	{jwt.ErrTokenUnverifiable, "its alg is not known"},
	{jwt.ErrTokenInvalidAudience, "its aud is none of audience"},
	{jwt.ErrTokenInvalidIssuer, "its iss is another"},
	{jwt.ErrTokenNotValidYet, "its nbf is in the future"},
	{jwt.ErrTokenUsedBeforeIssued, "its iat is in the future"},
	{jwt.ErrTokenRequiredClaimMissing, "exp, aud or iss is missing"},
	{jwt.ErrInvalidType, "a claim is of a wrong type"},
}

// reasonOf turns an error of the library into one of ours. That a token has
// expired is told only when nothing else is wrong with it.
func reasonOf(err error) error {
	for _, r := range reasons {
		if errors.Is(err, r.err) {
			return refused(r.reason)
		}
	}
	if errors.Is(err, jwt.ErrTokenExpired) {
		return auth.ErrExpiredToken
	}
	return refused("it is not valid")
}
