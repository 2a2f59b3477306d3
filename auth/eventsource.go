package auth

import (
	"net/http"
	"strings"
	"time"

	"tasktrail/incident"
)

// streamCookie holds the bearer token of a page that uses EventSource, which can
// send no headers. Browsers take the name only with the attribute Secure.
const streamCookie = "__Secure-tasktrail-stream"

// Limits of the cookie: browsers keep no more than 4096 bytes with its name and
// attributes, and no longer than the day.
const (
	maxCookieToken = 3800
	maxCookieLife  = 12 * time.Hour
)

// StreamCookie answers POST with a cookie that carries the token of the request,
// for [CookieStreams], and DELETE by removing it. It stands behind [Middleware].
// The cookie has no path, so that it is sent to the address above this one, and
// to no other application of the host, wherever a proxy puts them.
func StreamCookie(w http.ResponseWriter, r *http.Request) {
	cookie := http.Cookie{Name: streamCookie, Secure: true, HttpOnly: true, SameSite: http.SameSiteStrictMode} //nolint:gosec // all three attributes are there
	switch r.Method {
	case http.MethodPost:
		token, _ := bearer(r.Header.Get("Authorization"))
		viewer := ViewerFrom(r.Context())
		if viewer.Actor.ID == "" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			Refuse(w, r, http.StatusUnauthorized, "UNAUTHENTICATED", incident.ErrUnauthenticated.Error())
			return
		}
		if len(token) > maxCookieToken {
			Refuse(w, r, http.StatusBadRequest, "BAD_USER_INPUT", "the token is longer than the 3800 bytes that fit in a cookie: read the stream with fetch, which can send it in a header")
			return
		}
		cookie.Value, cookie.Expires = token, time.Now().Add(maxCookieLife)
		if viewer.ExpiresAt != nil && viewer.ExpiresAt.Before(cookie.Expires) {
			cookie.Expires = *viewer.ExpiresAt
		}
	case http.MethodDelete:
		cookie.MaxAge = -1
	default:
		w.Header().Set("Allow", "DELETE, POST")
		Refuse(w, r, http.StatusMethodNotAllowed, "BAD_USER_INPUT", "send POST for a cookie, or DELETE to remove it")
		return
	}
	http.SetCookie(w, &cookie)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
}

// CookieStreams takes the token of a request from the cookie, if it has none in
// a header and is what an EventSource of a page of this very origin sends: a GET
// that accepts nothing but a stream. Scripts cannot make up Sec-Fetch-Site, so
// the cookie is worth nothing to other sites, and nowhere else. It stands before
// [Middleware].
func CookieStreams(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cookies := r.CookiesNamed(streamCookie)
		if len(cookies) == 1 && cookies[0].Value != "" && len(r.Header.Values("Authorization")) == 0 &&
			r.Method == http.MethodGet && r.Header.Get("Upgrade") == "" &&
			strings.EqualFold(strings.Join(r.Header.Values("Accept"), ","), "text/event-stream") &&
			r.Header.Get("Sec-Fetch-Site") == "same-origin" {
			r = r.Clone(r.Context())
			r.Header.Set("Authorization", "Bearer "+cookies[0].Value)
		}
		next.ServeHTTP(w, r)
	})
}
