// Package oidc turns the access tokens of OpenID Connect providers into viewers.
//
// A token is a JWT that one of the configured issuers has signed (RFC 7519, RFC
// 9068). Its unverified "iss" chooses the issuer and nothing else: every check
// then is that issuer's, with its keys alone.
//
// The keys come from the issuer: its discovery document names the key set
// (OpenID Connect Discovery 1.0, RFC 7517). [Verifier.Run] fetches both now and
// then; a token with an unknown "kid" makes it do so earlier, but never more
// often than a limit, whoever sends such tokens. While the issuer is away, the
// keys that are there go on being used for a day. After that, and before the
// first keys have come, no token can be checked, which is an error of the
// server and not of the token.
package oidc

import "time"

// Limits.
const (
	MaxToken = 16 << 10 // bytes of a token

	refreshEvery = 10 * time.Minute // up to a tenth more or less, by chance
	refetchAfter = 30 * time.Second // the least time between a fetch and one that a token sets off
	firstRetry   = 2 * time.Second  // after a failed fetch; doubled each time up to refetchAfter
	maxStale     = 24 * time.Hour   // how long keys are used that could not be fetched anew
	maxWait      = 3 * time.Second  // how long a token waits for keys that are being fetched

	fetchTimeout = 10 * time.Second // for the discovery document and the key set together
	maxDiscovery = 64 << 10         // bytes
	maxKeySet    = 512 << 10        // bytes
	maxKeys      = 100              // in a set

	clockLeeway = 30 * time.Second     // for "nbf" and "iat"; "exp" has none
	maxLifetime = 366 * 24 * time.Hour // from now to "exp"
)
