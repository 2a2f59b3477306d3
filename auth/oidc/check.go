package oidc

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"tasktrail/incident"
)

const (
	maxIssuers = 20
	maxList    = 100 // entries of a list or map in the configuration
	maxText    = 512 // bytes of a text in the configuration
)

// algorithms are those that can be allowed: none with a shared secret, as the
// keys here are public.
var algorithms = []string{
	"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
}

// tokenTypes are what "typ" in a token's header may be allowed to say, by the
// words of the file. Only the first says that the token is an access token.
var tokenTypes = map[string]string{"at+jwt": "at+jwt", "JWT": "jwt", "untyped": ""}

// faults collects what is wrong with a file.
type faults []string

// add records a fault of a field; line 0 stands for a field that is not there.
func (f *faults) add(line int, field, format string, args ...any) {
	place := field + " "
	if line > 0 {
		place = fmt.Sprintf("line %d: %s ", line, field)
	}
	*f = append(*f, place+fmt.Sprintf(format, args...))
}

func (f fileConfig) check() (Config, error) {
	var found faults
	if n := len(f.Issuers); n == 0 || n > maxIssuers {
		found.add(0, "issuers", "must be a list of 1 to %d issuers", maxIssuers)
		return Config{}, errors.New(strings.Join(found, "; "))
	}
	config := Config{issuers: make([]issuerConfig, len(f.Issuers))}
	for n, issuer := range f.Issuers {
		config.issuers[n] = issuer.check(fmt.Sprintf("issuers[%d].", n), &found)
		for _, other := range config.issuers[:n] {
			if other.url == config.issuers[n].url && other.url != "" {
				found.add(issuer.Issuer.line, fmt.Sprintf("issuers[%d].issuer", n), "stands there twice")
			}
		}
	}
	if len(found) > 0 {
		return Config{}, errors.New(strings.Join(found, "; "))
	}
	return config, nil
}

// check fills in what is left out, and records what is wrong.
func (f fileIssuer) check(at string, found *faults) issuerConfig {
	c := issuerConfig{
		url: f.Issuer.value, audiences: f.Audience.value, algorithms: f.Algorithms.value, marks: f.AccessTokenClaims.value,
		roles: f.Claims.Roles.value, names: f.Claims.Name.value, email: f.Claims.Email.value,
	}
	if f.Algorithms.line == 0 {
		c.algorithms = []string{"RS256", "ES256"}
	}
	if f.Claims.Name.line == 0 {
		c.names = []claimPath{{"name"}, {"preferred_username"}}
	}
	if f.Claims.Email.line == 0 {
		c.email = claimPath{"email"}
	}
	if err := checkIssuerURL(c.url); err != nil {
		found.add(f.Issuer.line, at+"issuer", "%v", err)
	}
	checkWords(f.Audience, at+"audience", found)
	if f.Algorithms.line > 0 {
		checkWords(f.Algorithms, at+"algorithms", found)
	}
	for _, alg := range c.algorithms {
		if !slices.Contains(algorithms, alg) {
			found.add(f.Algorithms.line, at+"algorithms", "must be some of %s, the default being RS256 and ES256", strings.Join(algorithms, ", "))
			break
		}
	}
	c.types = f.checkTypes(at, found)
	checkPaths(located[paths]{paths{c.roles}, f.Claims.Roles.line}, at+"claims.roles", found)
	checkPaths(located[paths]{c.names, f.Claims.Name.line}, at+"claims.name", found)
	checkPaths(located[paths]{paths{c.email}, f.Claims.Email.line}, at+"claims.email", found)
	c.mapped = f.checkRoles(at, found)
	if s := f.Services; s != nil {
		c.services = serviceRule{claim: s.Claim.value, values: s.Values.value}
		checkPaths(located[paths]{paths{s.Claim.value}, s.Claim.line}, at+"services.claim", found)
		if s.Values.line > 0 {
			checkWords(s.Values, at+"services.values", found)
		}
	}
	return c
}

// checkTypes returns the types of token that are accepted. One that does not
// name itself an access token must be told from an ID token in another way.
func (f fileIssuer) checkTypes(at string, found *faults) []string {
	if f.TokenTypes.line == 0 {
		f.TokenTypes.value = words{"at+jwt"}
	} else {
		checkWords(f.TokenTypes, at+"token_types", found)
	}
	var types []string
	for _, word := range f.TokenTypes.value {
		kind, ok := tokenTypes[word]
		if !ok {
			found.add(f.TokenTypes.line, at+"token_types", "must be some of at+jwt, JWT, untyped, the default being at+jwt")
			break
		}
		types = append(types, kind)
	}
	if f.AccessTokenClaims.line > 0 || slices.ContainsFunc(types, func(t string) bool { return t != "at+jwt" }) {
		checkPaths(f.AccessTokenClaims, at+"access_token_claims", found)
	}
	return types
}

// checkRoles returns what the map from values to roles says.
func (f fileIssuer) checkRoles(at string, found *faults) map[string][]incident.Role {
	if n := len(f.Roles); n == 0 || n > maxList {
		found.add(0, at+"roles", "must map from 1 to %d values of the claim to roles, as otherwise no token may do anything", maxList)
	}
	mapped := make(map[string][]incident.Role)
	for _, value := range slices.Sorted(maps.Keys(f.Roles)) {
		names := f.Roles[value]
		for _, name := range names.value {
			role := incident.Role(name)
			if !slices.Contains(incident.Roles, role) {
				found.add(names.line, at+"roles", "must map to some of %v", incident.Roles)
				break
			}
			mapped[value] = append(mapped[value], role)
		}
		if value == "" || len(names.value) == 0 {
			found.add(names.line, at+"roles", "must map a value that is not empty to at least one role")
		}
	}
	return mapped
}

func checkWords(w located[words], field string, found *faults) {
	bad := func(text string) bool { return text == "" || len(text) > maxText }
	if n := len(w.value); n == 0 || n > maxList || slices.ContainsFunc(w.value, bad) {
		found.add(w.line, field, "must be from 1 to %d texts of 1 to %d bytes", maxList, maxText)
	}
}

func checkPaths(p located[paths], field string, found *faults) {
	bad := func(name string) bool { return name == "" || len(name) > maxText }
	badPath := func(path claimPath) bool { return len(path) == 0 || slices.ContainsFunc(path, bad) }
	if n := len(p.value); n == 0 || n > maxList || slices.ContainsFunc(p.value, badPath) {
		found.add(p.line, field, "must name a claim, such as realm_access.roles, or as a list of names when they hold dots")
	}
}

// checkIssuerURL says what an issuer's URL must be.
func checkIssuerURL(text string) error {
	wrong := errors.New("must be the https URL that the provider gives as its issuer, without query or fragment; http is for a loopback address only")
	if text == "" || len(text) > maxText {
		return wrong
	}
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || strings.ContainsAny(text, "?#") || u.Opaque != "" {
		return wrong
	}
	if u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(u.Hostname())) {
		return wrong
	}
	return nil
}

// isLoopback reports whether a host is this machine by its name or address.
func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}
