package oidc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"tasktrail/incident"
)

// Config is what a configuration file says; docs/identity.md describes it.
type Config struct {
	issuers []issuerConfig
}

// Issuers are the URLs of the issuers in the order of the file, by which metrics
// number them from 0.
func (c Config) Issuers() []string {
	urls := make([]string, len(c.issuers))
	for n, issuer := range c.issuers {
		urls[n] = issuer.url
	}
	return urls
}

// issuerConfig is an issuer as it was checked.
type issuerConfig struct {
	url        string // the exact "iss" of its tokens
	audiences  []string
	algorithms []string
	types      []string // lower case, without "application/"; "" for tokens that name none
	marks      []claimPath
	roles      claimPath
	names      []claimPath
	email      claimPath
	mapped     map[string][]incident.Role
	services   serviceRule
}

// serviceRule tells tokens of programs from those of people.
type serviceRule struct {
	claim  claimPath
	values []string // none: the claim being there is enough
}

// What stands in the file.
type (
	fileConfig struct {
		Issuers []fileIssuer `yaml:"issuers"`
	}
	fileIssuer struct {
		Issuer            located[string]           `yaml:"issuer"`
		Audience          located[words]            `yaml:"audience"`
		Algorithms        located[words]            `yaml:"algorithms"`
		TokenTypes        located[words]            `yaml:"token_types"`
		AccessTokenClaims located[paths]            `yaml:"access_token_claims"`
		Claims            fileClaims                `yaml:"claims"`
		Roles             map[string]located[words] `yaml:"roles"`
		Services          *fileServices             `yaml:"services"`
	}
	fileClaims struct {
		Roles located[claimPath] `yaml:"roles"`
		Name  located[paths]     `yaml:"name"`
		Email located[claimPath] `yaml:"email"`
	}
	fileServices struct {
		Claim  located[claimPath] `yaml:"claim"`
		Values located[words]     `yaml:"values"`
	}
)

// located remembers the line of a value, 0 when it is not there.
type located[T any] struct {
	value T
	line  int
}

// UnmarshalYAML is for the library.
func (l *located[T]) UnmarshalYAML(n *yaml.Node) error {
	l.line = n.Line
	return n.Decode(&l.value)
}

// words are several texts, or one that stands alone.
type words []string

// UnmarshalYAML is for the library.
func (w *words) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*w = []string{n.Value}
		return nil
	}
	return n.Decode((*[]string)(w))
}

// claimPath leads to a claim through the objects around it.
type claimPath []string

// UnmarshalYAML takes "a.b", or a list of names, which may hold dots.
func (p *claimPath) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*p = strings.Split(n.Value, ".")
		return nil
	}
	return n.Decode((*[]string)(p))
}

func (p claimPath) String() string { return strings.Join(p, ".") }

// paths are several, or one that stands alone and has no list in it.
type paths []claimPath

// UnmarshalYAML is for the library.
func (p *paths) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.ScalarNode {
		*p = paths{strings.Split(n.Value, ".")}
		return nil
	}
	return n.Decode((*[]claimPath)(p))
}

// MaxConfig limits the size of a configuration file, in bytes.
const MaxConfig = 1 << 20

// ParseConfig reads a configuration file, YAML. It names every fault with its
// line; fields it does not know are faults too.
func ParseConfig(text []byte) (Config, error) {
	if len(text) > MaxConfig {
		return Config{}, fmt.Errorf("the file has more than %d bytes, which is the limit", MaxConfig)
	}
	in := yaml.NewDecoder(bytes.NewReader(text))
	in.KnownFields(true)
	var file fileConfig
	if err := in.Decode(&file); err != nil {
		return Config{}, plain(err)
	}
	if err := in.Decode(&struct{}{}); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("there is more than one document in the file")
	}
	return file.check()
}

var (
	unknownField = regexp.MustCompile(`field (.*) not found in type \S+`)
	wrongType    = regexp.MustCompile(`cannot unmarshal (\S+)(?s: .*)? into \S+`)
)

// plain says what the library found in words that hold no types of ours.
func plain(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("the file is empty; it must have a list of issuers")
	}
	var many *yaml.TypeError
	if !errors.As(err, &many) {
		return errors.New(strings.TrimPrefix(err.Error(), "yaml: "))
	}
	faults := make([]string, len(many.Errors))
	for n, fault := range many.Errors {
		fault = unknownField.ReplaceAllString(fault, "there is no field $1; check its spelling")
		faults[n] = wrongType.ReplaceAllString(fault, "a value of another type than $1 must stand here")
	}
	return errors.New(strings.Join(faults, "; "))
}
