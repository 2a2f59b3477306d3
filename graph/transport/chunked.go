package transport

import "net/http"

// CloseChunked ends the connection after a request of HTTP/1.1 with a chunked
// body. RFC 9112, section 6.1, asks for that when there is a Content-Length as
// well, for a proxy could have gone by it; net/http goes by the chunks and hides
// the other. Clients of GraphQL know the length of what they send.
func CloseChunked(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
			w.Header().Set("Connection", "close")
		}
		next.ServeHTTP(w, r)
	})
}
