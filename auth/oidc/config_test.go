package oidc

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"tasktrail/incident"
)

func TestConfig(t *testing.T) {
	config := mustParse(t, `
issuers:
  - issuer: https://login.example.com/realms/soc
    audience: [tasktrail, "api://tasktrail"]
    algorithms: EdDSA
    token_types: [at+jwt, JWT, untyped]
    access_token_claims: [scope, [https://example.com/kind]]
    claims:
      roles: realm_access.roles
      name: [display.name, [a.b, c]]
      email: mail
    roles: {analyst: RESPONDER, lead: [CONTRIBUTOR, AUDITOR]}
    services: {claim: azp, values: [soar, siem]}
  - issuer: http://127.0.0.1:8081/
    audience: tasktrail
    claims: {roles: [https://example.com/roles]}
    roles: {1: ADMIN}
    services: {claim: gty}
`)
	want := []issuerConfig{
		{
			url: "https://login.example.com/realms/soc", audiences: []string{"tasktrail", "api://tasktrail"}, algorithms: []string{"EdDSA"},
			types: []string{"at+jwt", "jwt", ""}, marks: []claimPath{{"scope"}, {"https://example.com/kind"}}, roles: claimPath{"realm_access", "roles"},
			names: []claimPath{{"display", "name"}, {"a.b", "c"}}, email: claimPath{"mail"},
			mapped:   map[string][]incident.Role{"analyst": {incident.RoleResponder}, "lead": {incident.RoleContributor, incident.RoleAuditor}},
			services: serviceRule{claim: claimPath{"azp"}, values: []string{"soar", "siem"}},
		},
		{
			url: "http://127.0.0.1:8081/", audiences: []string{"tasktrail"}, algorithms: []string{"RS256", "ES256"}, types: []string{"at+jwt"},
			roles: claimPath{"https://example.com/roles"}, names: []claimPath{{"name"}, {"preferred_username"}}, email: claimPath{"email"},
			mapped: map[string][]incident.Role{"1": {incident.RoleAdmin}}, services: serviceRule{claim: claimPath{"gty"}},
		},
	}
	if !reflect.DeepEqual(config.issuers, want) {
		t.Errorf("got  %+v\nwant %+v", config.issuers, want)
	}
	if urls := config.Issuers(); len(urls) != 2 || urls[1] != "http://127.0.0.1:8081/" {
		t.Errorf("got %q", urls)
	}
}

func TestConfigFaults(t *testing.T) {
	const good = `issuers:
- issuer: https://login.example.com
  audience: tasktrail
  claims:
    roles: roles
  roles:
    a: READER
`
	mustParse(t, good)
	edit := func(old, new string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(good, old, new, 1)
	}
	url := func(text string) string { return edit("https://login.example.com", text) }
	for name, c := range map[string]struct{ text, says string }{
		"empty":                 {"", "the file is empty"},
		"no YAML":               {"\t:", "cannot start any token"},
		"a text":                {"x", "line 1: a value of another type"},
		"no issuers":            {"issuers: []", "issuers must be a list of 1 to 20 issuers"},
		"too many issuers":      {"issuers: [" + strings.Repeat("{}, ", 21) + "]", "1 to 20 issuers"},
		"issuers twice":         {good + good, "already defined"},
		"the same issuer twice": {good + strings.TrimPrefix(good, "issuers:\n"), "line 8: issuers[1].issuer stands there twice"},
		"two documents":         {good + "---\n" + good, "more than one document"},
		"unknown field":         {edit("audience", "audiance"), "line 3: there is no field audiance; check its spelling"},
		"unknown field within":  {edit("    roles: roles", "    rolls: roles"), "line 5: there is no field rolls"},
		"unknown field at top":  {"issuer: x\n" + good, "line 1: there is no field issuer"},
		"no issuer":             {edit("- issuer: https://login.example.com\n  ", "- "), "issuers[0].issuer must be the https URL"},
		"no audience":           {edit("  audience: tasktrail\n", ""), "issuers[0].audience must be from 1 to 100 texts"},
		"empty audience":        {edit("tasktrail", `""`), "line 3: issuers[0].audience must be"},
		"audience object":       {edit("audience: tasktrail", "audience: {a: b}"), "line 3: a value of another type"},
		"no claim for roles":    {edit("  claims:\n    roles: roles\n", ""), "issuers[0].claims.roles must name a claim"},
		"odd claim for roles":   {edit("roles: roles", "roles: a..b"), "line 5: issuers[0].claims.roles must name a claim"},
		"no roles":              {edit("  roles:\n    a: READER\n", ""), "issuers[0].roles must map"},
		"unknown role":          {edit("READER", "KING"), "line 7: issuers[0].roles must map to some of [READER RESPONDER CONTRIBUTOR AUDITOR ADMIN]"},
		"role in lower case":    {edit("READER", "reader"), "line 7: issuers[0].roles must map"},
		"no role for a value":   {edit("READER", "[]"), "line 7: issuers[0].roles must map a value"},
		"no value for a role":   {edit("a: READER", `"": READER`), "line 7: issuers[0].roles must map a value"},
		"none":                  {good + "  algorithms: [none]\n", "line 8: issuers[0].algorithms must be some of RS256"},
		"HS256":                 {good + "  algorithms: [RS256, HS256]\n", "issuers[0].algorithms must be some of"},
		"no algorithm":          {good + "  algorithms: []\n", "issuers[0].algorithms must be from 1"},
		"unknown type":          {good + "  token_types: [at+jwt, id_token]\n", "line 8: issuers[0].token_types must be some of at+jwt, JWT, untyped"},
		"ID tokens let in":      {good + "  token_types: JWT\n", "issuers[0].access_token_claims must name a claim"},
		"untyped let in":        {good + "  token_types: [at+jwt, untyped]\n", "issuers[0].access_token_claims must name a claim"},
		"services without":      {good + "  services: {values: [x]}\n", "issuers[0].services.claim must name a claim"},
		"services, no values":   {good + "  services: {claim: x, values: []}\n", "line 8: issuers[0].services.values must be"},
		"http":                  {url("http://login.example.com"), "line 2: issuers[0].issuer must be the https URL"},
		"http to a private one": {url("http://10.0.0.1"), "issuers[0].issuer must be the https URL"},
		"ftp":                   {url("ftp://login.example.com"), "must be the https URL"},
		"no scheme":             {url("login.example.com"), "must be the https URL"},
		"no host":               {url("https:///x"), "must be the https URL"},
		"with a password":       {url("https://u:p@login.example.com"), "must be the https URL"},
		"with a query":          {url("https://login.example.com?x=1"), "must be the https URL"},
		"with an empty query":   {url("https://login.example.com?"), "must be the https URL"},
		"with a fragment":       {url("'https://login.example.com#x'"), "must be the https URL"},
		"too long":              {url("https://login.example.com/" + strings.Repeat("x", 600)), "must be the https URL"},
		"control character":     {url(`"https://login.example.com/\x01"`), "must be the https URL"},
		"too large":             {good + strings.Repeat("#", MaxConfig), "1048576 bytes"},
		"aliases":               {"a: &a [x,x]\nb: &b [*a,*a]\n", "there is no field"},
	} {
		config, err := ParseConfig([]byte(c.text))
		if err == nil || !strings.Contains(err.Error(), c.says) || config.issuers != nil {
			t.Errorf("%s: got %v, want %q", name, err, c.says)
		} else if strings.Contains(err.Error(), "\n") || strings.Contains(err.Error(), "oidc.") {
			t.Errorf("%s: %q is no line for people", name, err)
		}
	}
	// All faults are named at once.
	_, err := ParseConfig([]byte(edit("READER", "KING") + "  algorithms: HS256\n"))
	if err == nil || !strings.Contains(err.Error(), "algorithms") || !strings.Contains(err.Error(), "roles") {
		t.Errorf("got %v, want both faults", err)
	}
}

// The examples of the page for users are configurations.
func TestDocumentedConfigs(t *testing.T) {
	page, err := os.ReadFile("../../docs/identity.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(examples) < 4 {
		t.Errorf("there are %d examples", len(examples))
	}
	for _, example := range examples {
		if _, err := ParseConfig([]byte(example[1])); err != nil {
			t.Errorf("%v in\n%s", err, example[1])
		}
	}
}

// What is accepted can be used; nothing panics.
func FuzzConfig(f *testing.F) {
	f.Add(configOf("https://login.example.com", "http://localhost"))
	f.Add("issuers:\n- &a {issuer: https://x, audience: [a], services: {claim: [x, y.z]}, roles: {x: [ADMIN]}}\n- *a\n")
	f.Add("issuers: [{token_types: JWT, access_token_claims: [[a.b], c.d], claims: {name: [x]}}]")
	f.Fuzz(func(t *testing.T, text string) {
		config, err := ParseConfig([]byte(text))
		if err != nil {
			if config.issuers != nil || strings.TrimSpace(err.Error()) == "" {
				t.Errorf("got %+v and %q", config, err)
			}
			return
		}
		for _, i := range config.issuers {
			if i.url == "" || len(i.audiences) == 0 || len(i.algorithms) == 0 || len(i.types) == 0 || len(i.roles) == 0 || len(i.mapped) == 0 {
				t.Errorf("accepted %+v", i)
			}
		}
	})
}
