package transport

import (
	"mime"
	"net/http"
	"slices"
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
	quality   float64 // 0 refuses the type
}

// parseAccept returns the entries of the Accept header in order, without those
// that cannot be parsed. A request without the header accepts everything.
func parseAccept(h http.Header) []mediaRange {
	header := strings.Join(h.Values("Accept"), ",")
	if strings.TrimSpace(header) == "" {
		header = "*/*"
	}
	var ranges []mediaRange
	for entry := range strings.SplitSeq(header, ",") {
		mediaType, params, err := mime.ParseMediaType(entry)
		if err != nil {
			continue
		}
		quality := 1.0
		if q, ok := params["q"]; ok {
			if quality, err = strconv.ParseFloat(q, 64); err != nil || !(quality >= 0 && quality <= 1) {
				continue
			}
		}
		ranges = append(ranges, mediaRange{mediaType, quality})
	}
	return ranges
}

// acceptance returns how good a media type is to the client, 0 if it is not
// acceptable, and the place of the entry that says so. The most specific entry
// counts (RFC 9110, section 12.5.1), among equals the first.
func acceptance(ranges []mediaRange, mediaType string) (quality float64, place int) {
	family, _, _ := strings.Cut(mediaType, "/")
	for _, name := range []string{mediaType, family + "/*", "*/*"} {
		if place = slices.IndexFunc(ranges, func(m mediaRange) bool { return m.mediaType == name }); place >= 0 {
			return ranges[place].quality, place
		}
	}
	return 0, 0
}

// negotiate picks the media type of a response, and reports false if the
// client accepts neither. Between equally good types the client's first wins;
// a wildcard stands for application/json, which every client understands.
func negotiate(h http.Header) (string, bool) {
	ranges := parseAccept(h)
	best, bestQuality, bestPlace := "", 0.0, 0
	for _, mediaType := range []string{mediaJSON, mediaGraphQL} {
		quality, place := acceptance(ranges, mediaType)
		if quality > bestQuality || (best != "" && quality == bestQuality && place < bestPlace) {
			best, bestQuality, bestPlace = mediaType, quality, place
		}
	}
	return best, best != ""
}

// prefersEventStream reports whether the client names text/event-stream and
// accepts nothing as readily that it names before. Some clients list it on every
// request behind JSON; those want JSON.
func prefersEventStream(h http.Header) bool {
	ranges := parseAccept(h)
	at := slices.IndexFunc(ranges, func(m mediaRange) bool { return m.mediaType == mediaEventStream })
	if at < 0 || ranges[at].quality == 0 {
		return false
	}
	for place, m := range ranges {
		if m.quality > ranges[at].quality || (m.quality == ranges[at].quality && place < at) {
			return false
		}
	}
	return true
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
