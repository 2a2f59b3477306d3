package main

import (
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"tasktrail/auth/oidc"
)

// oidcFile is the flag that says who issues tokens.
type oidcFile struct {
	OIDC string `name:"oidc" placeholder:"FILE" help:"Take tokens from the OpenID Connect providers that this YAML file names, and none that are signed with --key (default: no providers). See docs/identity.md."`
}

// provider returns what verifies tokens of the providers, nil when there is no
// file.
func (c *oidcFile) provider(log zerolog.Logger, metrics *metrics) (*oidc.Verifier, error) {
	if c.OIDC == "" {
		return nil, nil
	}
	text, err := os.ReadFile(c.OIDC)
	if err != nil {
		return nil, usedWrongly(fmt.Errorf("the file %s, named by --oidc, cannot be read: check that it is there, and its rights", c.OIDC))
	}
	config, err := oidc.ParseConfig(text)
	if err != nil {
		return nil, usedWrongly(fmt.Errorf("the file %s, named by --oidc: %w", c.OIDC, err))
	}
	verifier := oidc.New(config, log)
	for n, issuer := range config.Issuers() {
		metrics.issuer(n, verifier)
		log.Info().Int("number", n).Str("issuer", issuer).Msg("taking tokens of this issuer")
	}
	return verifier, nil
}

// issuer shows how the keys of an issuer are, which has place n in the file.
func (m *metrics) issuer(n int, verifier *oidc.Verifier) {
	labels := prometheus.Labels{"issuer": strconv.Itoa(n)}
	m.registry.MustRegister(
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "tasktrail_oidc_keys_age_seconds", Help: "Age of the keys of an issuer, by its place in the file from 0; NaN before the first have come.", ConstLabels: labels,
		}, func() float64 {
			age, _ := verifier.Keys(n)
			if age < 0 {
				return math.NaN()
			}
			return age.Seconds()
		}),
		prometheus.NewCounterFunc(prometheus.CounterOpts{
			Name: "tasktrail_oidc_fetches_failed_total", Help: "Fetches of the keys of an issuer that failed.", ConstLabels: labels,
		}, func() float64 {
			_, failed := verifier.Keys(n)
			return float64(failed)
		}),
	)
}
