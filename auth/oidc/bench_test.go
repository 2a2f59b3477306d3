package oidc

import (
	"testing"

	"tasktrail/auth/authtest"
)

// What it costs to verify a token for the first time, and again within a minute.
func BenchmarkVerify(b *testing.B) {
	keys := signers(b, "")
	p := authtest.Provider{Issuer: "https://login.example.com"}
	v := fixed(b, configOf(p.Issuer), keys...)
	for _, key := range keys {
		token := key.Token(p.Claims("analyst"))
		b.Run(key.Algorithm, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v.cache.entries.Purge()
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(key.Algorithm+"/again", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), token); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
