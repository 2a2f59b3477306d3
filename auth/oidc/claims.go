package oidc

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"

	"tasktrail/auth"
	"tasktrail/incident"
)

// in returns the claim that a path leads to, nil when there is none.
func (p claimPath) in(claims map[string]any) any {
	var value any = claims
	for _, name := range p {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	return value
}

// list returns the texts of a claim that is an array of them, or one text with
// several parted by spaces, as in "scope". It is nil for anything else.
func list(claim any) []string {
	switch c := claim.(type) {
	case string:
		return strings.Fields(c)
	case []any:
		texts := make([]string, 0, len(c))
		for _, item := range c {
			text, ok := item.(string)
			if !ok {
				return nil
			}
			texts = append(texts, text)
		}
		return texts
	}
	return nil
}

// foreign are claims of tokens that are no access tokens: ID tokens have the
// first four (OpenID Connect Core 1.0), logout tokens the last.
var foreign = []string{"nonce", "at_hash", "c_hash", "s_hash", "events"}

// checkKind refuses what is not an access token, or not one for any bearer.
// named tells whether its header says that it is one.
func (c *issuerConfig) checkKind(claims jwt.MapClaims, named bool) error {
	_, bound := claims["cnf"]
	if bound {
		return refused("it is bound to a key of its holder (cnf), which is not checked here")
	}
	if len(c.marks) > 0 && !slices.ContainsFunc(c.marks, func(p claimPath) bool { return p.in(claims) != nil }) {
		return refused("it has none of the access_token_claims, so it may be an ID token")
	}
	if named {
		return nil
	}
	for _, name := range foreign {
		if _, has := claims[name]; has {
			return refused("it has a claim of ID or logout tokens")
		}
	}
	// Keycloak says the kind of a token here.
	if kind, has := claims["typ"]; has && kind != "Bearer" {
		return refused("its claim typ is not Bearer")
	}
	return nil
}

// expiry returns when a token expires. The library has compared its times with
// the clock, but lets "exp" be past by the leeway.
func expiry(claims jwt.MapClaims, now time.Time) (time.Time, error) {
	exp, err := claims.GetExpirationTime()
	switch {
	case err != nil || exp == nil:
		return time.Time{}, refused("it has no exp")
	case !exp.After(now):
		return time.Time{}, auth.ErrExpiredToken
	case exp.After(now.Add(maxLifetime)):
		return time.Time{}, refused("it is valid for more than 366 days from now")
	}
	return exp.UTC(), nil
}

// maxSubject limits "sub" and the address, in bytes (OpenID Connect Core 1.0
// section 2, RFC 5321).
const (
	maxSubject = 255
	maxEmail   = 254
)

// viewer makes a viewer of verified claims. One without a role that is mapped
// is known, and may do nothing.
func (c *issuerConfig) viewer(claims jwt.MapClaims, expires time.Time) (incident.Viewer, error) {
	subject, _ := claims["sub"].(string)
	if subject == "" || len(subject) > maxSubject || strings.ContainsFunc(subject, unicode.IsControl) {
		return incident.Viewer{}, refused("its sub is missing, or not a text of 1 to 255 bytes")
	}
	v := incident.Viewer{ExpiresAt: &expires, Actor: incident.Actor{
		ID: incident.ActorID(c.url, subject), Name: c.name(claims, subject), Kind: incident.KindUser, Email: c.address(claims),
	}}
	if c.services.covers(claims) {
		v.Actor.Kind = incident.KindService
	}
	for _, role := range incident.Roles {
		holds := func(value string) bool { return slices.Contains(c.mapped[value], role) }
		if slices.ContainsFunc(list(c.roles.in(claims)), holds) {
			v.Roles = append(v.Roles, role)
		}
	}
	return v, nil
}

// name returns the first claim that can be shown as a name, else the subject.
func (c *issuerConfig) name(claims jwt.MapClaims, subject string) string {
	for _, path := range c.names {
		name, _ := path.in(claims).(string)
		name = strings.TrimSpace(name)
		if name != "" && utf8.RuneCountInString(name) <= auth.MaxName && !strings.ContainsFunc(name, unicode.IsControl) {
			return name
		}
	}
	if runes := []rune(subject); len(runes) > auth.MaxName {
		return string(runes[:auth.MaxName])
	}
	return subject
}

// address returns the address, unless the issuer says that nobody checked it.
func (c *issuerConfig) address(claims jwt.MapClaims) string {
	email, _ := c.email.in(claims).(string)
	odd := func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) }
	if len(email) > maxEmail || !strings.Contains(email, "@") || strings.ContainsFunc(email, odd) || claims["email_verified"] == false {
		return ""
	}
	return email
}

// covers reports whether a token is a program's.
func (s serviceRule) covers(claims jwt.MapClaims) bool {
	claim := s.claim.in(claims)
	if s.claim == nil || claim == nil {
		return false
	}
	return len(s.values) == 0 || slices.ContainsFunc(list(claim), func(v string) bool { return slices.Contains(s.values, v) })
}
