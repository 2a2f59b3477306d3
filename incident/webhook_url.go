package incident

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxWebhookURL is how many characters the URL of a webhook may have.
const MaxWebhookURL = 2_000

// CheckWebhookURL reports why raw cannot be the URL of a webhook, in a sentence
// fit for clients that begins with "url" and quotes none of it. It looks at the
// text alone: what addresses may be called is decided when they are dialled,
// because what a name stands for can change at any time.
func CheckWebhookURL(raw string) error {
	switch n := utf8.RuneCountInString(raw); {
	case !utf8.ValidString(raw):
		return errors.New("url must be valid UTF-8")
	case n > MaxWebhookURL:
		return fmt.Errorf("url must have at most %d characters, this one has %d", MaxWebhookURL, n)
	}
	u, err := url.Parse(raw)
	if err != nil || u.Opaque != "" {
		return errors.New("url must be a URL such as https://example.com/hook")
	}
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return errors.New("url must begin with https:// (or http://, for networks that the operator allows)")
	case u.User != nil:
		return errors.New("url must not hold a user name or password: calls are signed instead")
	case strings.Contains(raw, "#"):
		return errors.New("url must not have a fragment (#…)")
	case u.Hostname() == "":
		return errors.New("url must name a host")
	case !isHost(u):
		return errors.New("url must name its host in ASCII letters, digits, dots and hyphens (xn--… for other scripts), or by its address")
	}
	if p := u.Port(); p != "" || strings.HasSuffix(u.Host, ":") {
		if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65_535 {
			return errors.New("url must have a port from 1 to 65535, or none")
		}
	}
	return nil
}

func isHost(u *url.URL) bool {
	if strings.HasPrefix(u.Host, "[") {
		a, err := netip.ParseAddr(u.Hostname())
		return err == nil && a.Zone() == ""
	}
	return !strings.ContainsFunc(u.Hostname(), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune(".-_", r)
	})
}
