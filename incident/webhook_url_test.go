package incident_test

import (
	"strings"
	"testing"

	"tasktrail/incident"
)

func TestCheckWebhookURL(t *testing.T) {
	long := "https://example.com/" + strings.Repeat("é", incident.MaxWebhookURL-len("https://example.com/"))
	for _, good := range []string{
		"https://example.com", "https://example.com/", "https://example.com:8443/a/b?c=d&e=f", "HTTPS://EXAMPLE.COM/x",
		"http://siem.lab:8080/in", "https://10.0.0.1/x", "https://[2606:4700::1]/x", "https://[::1]:444/x", "https://a_b.example.com",
		"https://xn--bcher-kva.example", "https://hooks.example.com/T0/é%20?q=%23", "https://1.1.1.1", "https://localhost", long,
	} {
		if err := incident.CheckWebhookURL(good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	tests := []struct{ name, url, want string }{
		{"empty", "", "must begin with https://"},
		{"too long", long + "x", "at most 2000 characters, this one has 2001"},
		{"not UTF-8", "https://example.com/\xff", "valid UTF-8"},
		{"NUL", "https://example.com/\x00", "must be a URL"},
		{"line break", "https://example.com/a\r\nX: y", "must be a URL"},
		{"space in front", " https://other.example", "must be a URL"},
		{"no scheme", "example.com/x", "must begin with https://"},
		{"only slashes", "//example.com/x", "must begin with https://"},
		{"another scheme", "ftp://example.com", "must begin with https://"},
		{"a file", "file:///etc/passwd", "must begin with https://"},
		{"opaque", "https:example.com", "must be a URL"},
		{"no host", "https:///x", "name a host"},
		{"port only", "https://:443/x", "name a host"},
		{"user", "https://alice@example.com", "user name or password"},
		{"password", "https://alice:pw@example.com", "user name or password"},
		{"empty user", "https://@example.com", "user name or password"},
		{"fragment", "https://example.com/#x", "fragment"},
		{"empty fragment", "https://example.com/#", "fragment"},
		{"port 0", "https://example.com:0", "port from 1 to 65535"},
		{"port too large", "https://example.com:65536", "port from 1 to 65535"},
		{"port missing", "https://example.com:/x", "port from 1 to 65535"},
		{"port in words", "https://example.com:https", "must be a URL"},
		{"another script", "https://bücher.example", "ASCII"},
		{"digits of another script", "https://\uff11\uff12\uff17.0.0.1/", "ASCII"},
		{"escaped host", "https://127%2e0.0.1/", "must be a URL"},
		{"zone", "https://[fe80::1%25eth0]/", "ASCII"},
		{"no address in brackets", "https://[example]/", "must be a URL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := incident.CheckWebhookURL(test.url)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "url must ") {
				t.Errorf("got %v, want %q in it", err, test.want)
			}
			if err != nil && test.url != "" && strings.Contains(err.Error(), test.url) {
				t.Errorf("the message quotes the URL: %v", err)
			}
		})
	}
}
