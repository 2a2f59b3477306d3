package transport

import (
	"mime"
	"net/http"
)

// checkPreflighted refuses a GET that a foreign web page could make a browser
// send with the user's credentials (cross-site request forgery). A request is
// accepted if it has a header that browsers only send to another origin after
// a CORS preflight, or if the browser itself says that it is not cross-site, or
// that it comes from a page that may read the answer anyway.
func checkPreflighted(h http.Header, origins Origins) error {
	for _, name := range []string{"Apollo-Require-Preflight", "X-Apollo-Operation-Name", "Graphql-Require-Preflight"} {
		if h.Get(name) != "" {
			return nil
		}
	}
	if mediaType, _, err := mime.ParseMediaType(h.Get("Content-Type")); err == nil && mediaType == mediaJSON {
		return nil
	}
	// EventSource can set no header, but a browser adds the origin of the page.
	if origins.listed(h) {
		return nil
	}
	// Scripts cannot set Sec-Fetch-Site. "none" is a user's own act, such as
	// typing the address.
	if site := h.Get("Sec-Fetch-Site"); site == "same-origin" || site == "none" {
		return nil
	}
	return badRequest("GET requests need a graphql-require-preflight header, " +
		"or Content-Type application/json, as protection against cross-site request forgery")
}
