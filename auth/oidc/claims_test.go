package oidc

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"tasktrail/auth"
	"tasktrail/auth/authtest"
	"tasktrail/incident"
)

// What a token says becomes a viewer.
func TestViewer(t *testing.T) {
	signer := authtest.NewSigner(t, "k", "ES256")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	v := fixed(t, configOf(p.Issuer)+"  services: {claim: client_id, values: [soar, siem]}\n", signer)
	roles := func(r ...incident.Role) []incident.Role { return r }
	for name, c := range map[string]struct {
		claims string // in place of those of an honest token; null takes one out
		want   incident.Viewer
	}{
		"role":               {`{"roles":["analyst"]}`, incident.Viewer{Roles: roles(incident.RoleResponder)}},
		"two roles of one":   {`{"roles":["x","lead"]}`, incident.Viewer{Roles: roles(incident.RoleContributor, incident.RoleAuditor)}},
		"several":            {`{"roles":["root","lead","analyst","lead"]}`, incident.Viewer{Roles: roles(incident.RoleResponder, incident.RoleContributor, incident.RoleAuditor, incident.RoleAdmin)}},
		"text":               {`{"roles":"x analyst  root"}`, incident.Viewer{Roles: roles(incident.RoleResponder, incident.RoleAdmin)}},
		"not mapped":         {`{"roles":["READER","ADMIN","Analyst"]}`, incident.Viewer{}},
		"no claim":           {`{"roles":null}`, incident.Viewer{}},
		"empty":              {`{"roles":[]}`, incident.Viewer{}},
		"number":             {`{"roles":7}`, incident.Viewer{}},
		"object":             {`{"roles":{"root":true}}`, incident.Viewer{}},
		"array with others":  {`{"roles":["root",7]}`, incident.Viewer{}},
		"service":            {`{"client_id":"soar"}`, incident.Viewer{Actor: incident.Actor{Kind: incident.KindService}}},
		"array of clients":   {`{"client_id":["x","siem"]}`, incident.Viewer{Actor: incident.Actor{Kind: incident.KindService}}},
		"no service":         {`{"client_id":"soar2"}`, incident.Viewer{}},
		"second name":        {`{"name":" ","preferred_username":"jane"}`, incident.Viewer{Actor: incident.Actor{Name: "jane"}}},
		"name with spaces":   {`{"name":"  Jane  "}`, incident.Viewer{Actor: incident.Actor{Name: "Jane"}}},
		"name of two lines":  {`{"name":"Jane\nDoe"}`, incident.Viewer{Actor: incident.Actor{Name: "248289761001"}}},
		"name with NUL":      {`{"name":"Jane\u0000"}`, incident.Viewer{Actor: incident.Actor{Name: "248289761001"}}},
		"long name":          {`{"name":"` + strings.Repeat("x", 201) + `"}`, incident.Viewer{Actor: incident.Actor{Name: "248289761001"}}},
		"longest name":       {`{"name":"` + strings.Repeat("é", 200) + `"}`, incident.Viewer{Actor: incident.Actor{Name: strings.Repeat("é", 200)}}},
		"name a number":      {`{"name":7}`, incident.Viewer{Actor: incident.Actor{Name: "248289761001"}}},
		"no address":         {`{"email":null}`, incident.Viewer{Actor: incident.Actor{Email: "-"}}},
		"address unverified": {`{"email_verified":false}`, incident.Viewer{Actor: incident.Actor{Email: "-"}}},
		"address verified":   {`{"email_verified":true}`, incident.Viewer{}},
		"odd address":        {`{"email":"jane doe@example.com"}`, incident.Viewer{Actor: incident.Actor{Email: "-"}}},
		"no at":              {`{"email":"jane"}`, incident.Viewer{Actor: incident.Actor{Email: "-"}}},
		"long address":       {`{"email":"` + strings.Repeat("x", 254) + `@example.com"}`, incident.Viewer{Actor: incident.Actor{Email: "-"}}},
	} {
		claims := p.Claims()
		if err := json.Unmarshal([]byte(c.claims), &claims); err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(t.Context(), signer.Token(claims))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := incident.Actor{ID: incident.ActorID(p.Issuer, "248289761001"), Name: "Jane Doe", Kind: incident.KindUser, Email: "jane@example.com"}
		if c.want.Actor.Name != "" {
			want.Name = c.want.Actor.Name
		}
		if c.want.Actor.Kind != "" {
			want.Kind = c.want.Actor.Kind
		}
		if c.want.Actor.Email == "-" {
			want.Email = ""
		}
		if got.Actor != want || !reflect.DeepEqual(got.Roles, c.want.Roles) || got.ExpiresAt == nil || fmt.Sprint(got.ExpiresAt.Unix()) != fmt.Sprint(claims["exp"]) {
			t.Errorf("%s: got %+v, want %+v with %v", name, got, want, c.want.Roles)
		}
		if read := got.CheckRead(); (len(c.want.Roles) == 0) != errors.Is(read, incident.ErrForbidden) {
			t.Errorf("%s: reading answers %v", name, read)
		}
	}
}

// Issuers that do not say in the header that a token is an access token.
func TestTokenTypes(t *testing.T) {
	signer := authtest.NewSigner(t, "k", "ES256")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	jwt := "  token_types: [JWT]\n  access_token_claims: [scope, azpacr]\n"
	for name, c := range map[string]struct {
		config   string
		typ      any
		claims   string
		accepted bool
	}{
		"at+jwt":                          {"", "at+jwt", `{}`, true},
		"in full":                         {"", "application/at+jwt", `{}`, true},
		"in other case":                   {"", "Application/AT+JWT", `{}`, true},
		"JWT":                             {"", "JWT", `{}`, false},
		"untyped":                         {"", nil, `{}`, false},
		"at+jwt with a nonce":             {"", "at+jwt", `{"nonce":"x"}`, true},
		"JWT let in":                      {jwt, "JWT", `{}`, true},
		"by another claim":                {jwt, "jwt", `{"scope":null,"azpacr":"1"}`, true},
		"of Keycloak":                     {jwt, "JWT", `{"typ":"Bearer"}`, true},
		"at+jwt not listed":               {jwt, "at+jwt", `{}`, false},
		"untyped not listed":              {jwt, nil, `{}`, false},
		"untyped let in":                  {strings.Replace(jwt, "JWT", "untyped", 1), nil, `{}`, true},
		"JWT where untyped is":            {strings.Replace(jwt, "JWT", "untyped", 1), "JWT", `{}`, false},
		"ID token with nonce":             {jwt, "JWT", `{"nonce":"x"}`, false},
		"ID token with at_hash":           {jwt, "JWT", `{"at_hash":"x"}`, false},
		"ID token with c_hash":            {jwt, "JWT", `{"c_hash":"x"}`, false},
		"ID token with s_hash":            {jwt, "JWT", `{"s_hash":"x"}`, false},
		"ID token with none of them":      {jwt, "JWT", `{"scope":null}`, false},
		"ID token of Keycloak":            {jwt, "JWT", `{"typ":"ID"}`, false},
		"refresh token of Keycloak":       {jwt, "JWT", `{"typ":"Refresh"}`, false},
		"typ of another type":             {jwt, "JWT", `{"typ":["Bearer"]}`, false},
		"logout token":                    {jwt, "JWT", `{"events":{}}`, false},
		"bound to a key":                  {jwt, "JWT", `{"cnf":{}}`, false},
		"at+jwt without the claims":       {"  access_token_claims: [scope]\n", "at+jwt", `{"scope":null}`, false},
		"the claims in an object":         {"  access_token_claims: [a.b]\n", "at+jwt", `{"a":{"b":false}}`, true},
		"the claims in what is no object": {"  access_token_claims: [a.b]\n", "at+jwt", `{"a":["b"]}`, false},
	} {
		v := fixed(t, configOf(p.Issuer)+c.config, signer)
		claims := p.Claims("analyst")
		if err := json.Unmarshal([]byte(c.claims), &claims); err != nil {
			t.Fatal(err)
		}
		for k, value := range claims {
			if value == nil {
				delete(claims, k)
			}
		}
		header := signer.Header()
		if header["typ"] = c.typ; c.typ == nil {
			delete(header, "typ")
		}
		_, err := v.Verify(t.Context(), signer.Sign(header, claims))
		if (err == nil) != c.accepted || (err != nil && !errors.Is(err, auth.ErrInvalidToken)) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
