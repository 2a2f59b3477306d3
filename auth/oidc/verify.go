package oidc

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/rs/zerolog"
	"golang.org/x/sync/errgroup"

	"tasktrail/auth"
	"tasktrail/incident"
)

// Verifier verifies the tokens of the configured issuers, while Run runs.
type Verifier struct {
	issuers []*issuer
	log     zerolog.Logger
	cache   cache
}

// issuer is one of them with its keys.
type issuer struct {
	issuerConfig
	keys   *keySet
	parser *jwt.Parser
}

// New returns a verifier. It has no keys until Run fetches them.
func New(c Config, log zerolog.Logger) *Verifier { return newVerifier(c, log, fetcher{}) }

func newVerifier(c Config, log zerolog.Logger, f fetcher) *Verifier {
	v := &Verifier{log: log, cache: newCache()}
	for _, config := range c.issuers {
		fetch := func(ctx context.Context) ([]key, int, error) { return f.keys(ctx, config.url) }
		v.issuers = append(v.issuers, &issuer{
			issuerConfig: config,
			keys:         newKeySet(fetch, log.With().Str("issuer", config.url).Logger()),
			parser: jwt.NewParser(
				jwt.WithValidMethods(config.algorithms), jwt.WithIssuer(config.url), jwt.WithAudience(config.audiences...),
				jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithLeeway(clockLeeway),
			),
		})
	}
	return v
}

// Run fetches the keys of all issuers, and goes on doing so until ctx ends. An
// issuer that is away is no error.
func (v *Verifier) Run(ctx context.Context) error {
	var group errgroup.Group
	for _, issuer := range v.issuers {
		group.Go(func() error { return issuer.keys.run(ctx) })
	}
	return group.Wait()
}

// Keys returns how old the keys of an issuer are, which the file has at place n,
// and how many times fetching them has failed. The age is negative before the
// first have come.
func (v *Verifier) Keys(n int) (age time.Duration, failed int) { return v.issuers[n].keys.stats() }

// Verify is an [auth.Verify]. Why a token is refused, only the log says, at the
// level debug.
func (v *Verifier) Verify(ctx context.Context, token string) (incident.Viewer, error) {
	viewer, err := v.verify(ctx, token)
	var why *tokenError
	switch {
	case errors.As(err, &why):
		v.log.Debug().Str("requestId", auth.RequestID(ctx)).Str("reason", why.reason).Msg("a token was refused")
		return incident.Viewer{}, auth.ErrInvalidToken
	case err != nil:
		return incident.Viewer{}, err
	}
	return viewer, nil
}

func (v *Verifier) verify(ctx context.Context, token string) (incident.Viewer, error) {
	if len(token) > MaxToken {
		return incident.Viewer{}, refused("it is larger than the limit")
	}
	sum := sha256.Sum256([]byte(token))
	if viewer, ok := v.cache.get(sum); ok {
		return viewer, nil
	}
	parts, err := auth.ParseCompact(token, MaxToken)
	if err != nil {
		return incident.Viewer{}, refused("it is no JWS in compact form, or its header or claims are no JSON objects as they should be")
	}
	var unverified struct {
		Issuer string `json:"iss"`
	}
	if json.Unmarshal(parts.Claims, &unverified) == nil {
		for _, issuer := range v.issuers {
			if issuer.url != unverified.Issuer {
				continue
			}
			edition := issuer.keys.current() // before they are used, as they can change
			viewer, err := issuer.verify(ctx, token)
			if err == nil {
				v.cache.put(sum, viewer, issuer.keys, edition)
			}
			return viewer, err
		}
	}
	return incident.Viewer{}, refused("its iss is none of the configured issuers")
}

func (i *issuer) verify(ctx context.Context, token string) (incident.Viewer, error) {
	claims := jwt.MapClaims{}
	var named bool
	var keyErr error
	_, err := i.parser.ParseWithClaims(token, claims, func(t *jwt.Token) (any, error) {
		var id string
		var keys jwt.VerificationKeySet
		if id, named, keyErr = i.checkHeader(t.Header); keyErr == nil {
			keys, keyErr = i.keys.find(ctx, id, t.Method.Alg())
		}
		return keys, keyErr
	})
	switch {
	case keyErr != nil:
		return incident.Viewer{}, keyErr
	case err != nil:
		return incident.Viewer{}, reasonOf(err)
	}
	expires, err := expiry(claims, time.Now())
	if err != nil {
		return incident.Viewer{}, err
	}
	if err := i.checkKind(claims, named); err != nil {
		return incident.Viewer{}, err
	}
	return i.viewer(claims, expires)
}

// known are the parameters that a header may have. Others bring a key, or ask
// for another way of reading, which nothing here follows.
var known = []string{"alg", "typ", "kid", "x5t", "x5t#S256"}

const maxKeyID = 256 // bytes

// checkHeader returns the id of the key, "" if there is none, and whether the
// header says that this is an access token.
func (i *issuer) checkHeader(header map[string]any) (id string, named bool, err error) {
	for name := range header {
		if !slices.Contains(known, name) {
			return "", false, refused("its header has a parameter that is not accepted")
		}
	}
	kind, has := header["typ"].(string)
	if _, there := header["typ"]; there && (!has || kind == "") {
		return "", false, refused("its typ is no text")
	}
	kind = strings.TrimPrefix(strings.ToLower(kind), "application/") // RFC 7515 section 4.1.9
	if !slices.Contains(i.types, kind) {
		return "", false, refused("its typ is none of token_types")
	}
	if claim, there := header["kid"]; there {
		if id, _ = claim.(string); id == "" || len(id) > maxKeyID {
			return "", false, refused("its kid is not a text of 1 to 256 bytes")
		}
	}
	return id, kind == tokenTypes["at+jwt"], nil
}
