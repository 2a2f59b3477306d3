package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/uuid"

	"tasktrail/incident"
)

// What a token of our own says about itself.
const (
	issuer    = "tasktrail"
	audience  = "tasktrail"
	tokenType = "at+jwt" // RFC 9068
)

// Limits of tokens.
const (
	MaxTTL      = 366 * 24 * time.Hour
	MaxName     = 200     // characters
	maxToken    = 8 << 10 // bytes, checked before anything is parsed
	clockLeeway = 30 * time.Second
)

// Why a token is refused. The texts are fit for clients and say no more than
// they may know.
var (
	ErrInvalidToken = errors.New("the bearer token is not valid")
	ErrExpiredToken = errors.New("the bearer token has expired")
	ErrMissingToken = errors.New("a bearer token is required: send { \"authorization\": \"Bearer …\" } with connection_init")
)

// ErrUncheckable says that a token cannot be checked, and that this has been so
// for too long to trust what an earlier check said: long connections end, too.
var ErrUncheckable = errors.New("the bearer token cannot be checked any longer")

// claims of a token, beside those every JWT has. The kind is part of the
// subject too, so that a service cannot pass for a person of the same name.
type claims struct {
	jwt.RegisteredClaims
	Name  string             `json:"name"`
	Kind  incident.ActorKind `json:"kind"`
	Roles []incident.Role    `json:"roles"`
}

func (c *claims) subject() string { return strings.ToLower(string(c.Kind)) + ":" + c.Name }

// Sign makes a token for a person or a service.
func (k Key) Sign(name string, kind incident.ActorKind, roles []incident.Role, ttl time.Duration, now time.Time) (string, error) {
	name = strings.TrimSpace(name)
	c := claims{Name: name, Kind: kind, Roles: roles}
	c.RegisteredClaims = jwt.RegisteredClaims{
		Issuer: issuer, Audience: jwt.ClaimStrings{audience}, Subject: c.subject(), ID: uuid.NewString(),
		IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(ttl)),
	}
	if err := c.check(); err != nil {
		return "", err
	}
	if ttl < time.Second || ttl > MaxTTL {
		return "", fmt.Errorf("the time to live must be from 1s to %s", MaxTTL)
	}
	token := jwt.NewWithClaims(jwt.SigningMethodEdDSA, c)
	token.Header["typ"] = tokenType
	return token.SignedString(k.private)
}

// check refuses claims that no token of ours has.
func (c *claims) check() error {
	control := func(r rune) bool { return unicode.IsControl(r) }
	switch {
	case c.Name == "" || utf8.RuneCountInString(c.Name) > MaxName || strings.ContainsFunc(c.Name, control) || !utf8.ValidString(c.Name):
		return fmt.Errorf("the name must have from 1 to %d characters, none of them a control character", MaxName)
	case c.Kind != incident.KindUser && c.Kind != incident.KindService:
		return errors.New("the kind must be user or service")
	case len(c.Roles) == 0:
		return errors.New("at least one role is needed")
	case c.Subject != c.subject():
		return errors.New("the subject does not fit name and kind")
	}
	for _, r := range c.Roles {
		if !slices.Contains(incident.Roles, r) {
			return fmt.Errorf("the roles are %v", incident.Roles)
		}
	}
	return nil
}

// Verify turns a token that this key has signed into a viewer, or answers
// [ErrInvalidToken] or [ErrExpiredToken].
func (k Key) Verify(token string, now time.Time) (incident.Viewer, error) {
	if _, err := ParseCompact(token, maxToken); err != nil {
		return incident.Viewer{}, err
	}
	parser := jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}), jwt.WithIssuer(issuer), jwt.WithAudience(audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithLeeway(clockLeeway),
		jwt.WithTimeFunc(func() time.Time { return now }),
	)
	var c claims
	_, err := parser.ParseWithClaims(token, &c, func(t *jwt.Token) (any, error) {
		// A header of ours has these two entries; every other could only try to
		// name another key or another way of reading.
		if t.Header["typ"] != tokenType || len(t.Header) != 2 {
			return nil, ErrInvalidToken
		}
		return k.private.Public(), nil
	})
	switch {
	case errors.Is(err, jwt.ErrTokenExpired) && !errors.Is(err, jwt.ErrTokenSignatureInvalid):
		return incident.Viewer{}, ErrExpiredToken
	case err != nil || c.check() != nil || c.ID == "" || !c.ExpiresAt.After(now):
		return incident.Viewer{}, ErrInvalidToken
	}
	expires := c.ExpiresAt.UTC()
	return incident.Viewer{
		Actor: incident.Actor{ID: incident.ActorID(issuer, c.Subject), Name: c.Name, Kind: c.Kind},
		Roles: c.Roles, ExpiresAt: &expires,
	}, nil
}
