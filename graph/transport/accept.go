package transport

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	mediaJSON        = "application/json"
	mediaGraphQL     = "application/graphql-response+json"
	mediaEventStream = "text/event-stream"
)

// mediaRange is one entry of an Accept header.
type mediaRange struct {
	mediaType string
	quality   float64
}

// parseAccept returns the entries of the Accept header in order. Entries that
// cannot be parsed, or with quality 0, are left out.
func parseAccept(h http.Header) []mediaRange {
	var ranges []mediaRange
	for entry := range strings.SplitSeq(strings.Join(h.Values("Accept"), ","), ",") {
		mediaType, params, err := mime.ParseMediaType(entry)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, ok := params["q"]; ok {
			if quality, err = strconv.ParseFloat(q, 64); err != nil || !(quality > 0) {
				continue
			}
		}
		ranges = append(ranges, mediaRange{mediaType, quality})
	}
	return ranges
}

// negotiate picks the media type of a response, and reports false if the
// client accepts neither. Between equally good types the client's first wins;
// a wildcard stands for application/json, which every client understands.
func negotiate(h http.Header) (string, bool) {
	if strings.TrimSpace(strings.Join(h.Values("Accept"), "")) == "" {
		return mediaJSON, true
	}
	best, bestQuality := "", 0.0
	for _, m := range parseAccept(h) {
		mediaType := m.mediaType
		if mediaType == "*/*" || mediaType == "application/*" {
			mediaType = mediaJSON
		}
		if (mediaType == mediaJSON || mediaType == mediaGraphQL) && m.quality > bestQuality {
			best, bestQuality = mediaType, m.quality
		}
	}
	return best, best != ""
}

// eventStreamIn tells what an Accept header says of text/event-stream: whether it
// is there, and whether the client likes nothing better. Between equally good
// types the first wins. Some clients list it on every request behind JSON; those
// want JSON for what has one answer.
func eventStreamIn(h http.Header) (accepted, preferred bool) {
	best := 0.0
	for _, m := range parseAccept(h) {
		isStream := m.mediaType == mediaEventStream
		accepted = accepted || isStream
		if m.quality > best {
			best, preferred = m.quality, isStream
		}
	}
	return accepted, preferred
}

// isWebSocketUpgrade reports whether the request asks for a WebSocket.
func isWebSocketUpgrade(h http.Header) bool {
	for token := range strings.SplitSeq(strings.Join(h.Values("Upgrade"), ","), ",") {
		if strings.EqualFold(strings.TrimSpace(token), "websocket") {
			return true
		}
	}
	return false
}
