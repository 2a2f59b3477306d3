package main

import (
	"net/http"
	"strings"

	"github.com/rs/cors"

	"tasktrail/auth"
)

// preflightAge is how long a browser may remember what is allowed, in seconds.
const preflightAge = 7200 // the most that any of them keeps it

// guard says to browsers what they may do with the server's answers, and keeps
// pages of other origins out.
func (c *edges) guard(next http.Handler) http.Handler {
	crossSite := http.NewCrossOriginProtection()
	for _, origin := range c.origins {
		if err := crossSite.AddTrustedOrigin(origin); err != nil {
			panic(err) // they have been checked
		}
	}
	crossSite.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth.Refuse(w, r, http.StatusForbidden, "FORBIDDEN", "web pages of this origin may not send requests here: the server must list it in --allow-origin")
	}))
	pages := crossSite.Handler(next)
	if len(c.origins) > 0 {
		pages = cors.New(cors.Options{
			AllowedOrigins: c.origins,
			AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost},
			AllowedHeaders: []string{
				"Authorization", "Content-Type", "Accept", "Last-Event-ID", "X-Request-Id", "GraphQL-Cost",
				"GraphQL-Require-Preflight", "Apollo-Require-Preflight", "X-Apollo-Operation-Name",
				"ApolloGraphQL-Client-Name", "ApolloGraphQL-Client-Version",
			},
			ExposedHeaders: []string{"X-Request-Id", "Retry-After", "Content-Disposition"},
			MaxAge:         preflightAge,
			// No AllowCredentials: the one cookie counts for our own pages only, and
			// browsers add no token by themselves.
		}).Handler(pages)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if strings.HasPrefix(r.URL.Path, "/graphql") || strings.HasPrefix(r.URL.Path, "/trail/") {
			pages.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r) // probes and metrics are for no page
	})
}
