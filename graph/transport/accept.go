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

// eventStreamIn tells what an Accept header says of text/event-stream: whether it
// is there, and whether the client likes nothing better. Between equally good
// types the first wins. Some clients list it on every request behind JSON; those
// want JSON for what has one answer.
func eventStreamIn(h http.Header) (accepted, preferred bool) {
	best := 0.0
	for _, m := range parseAccept(h) {
		isStream := m.mediaType == mediaEventStream
		accepted = accepted || (isStream && m.quality > 0)
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
