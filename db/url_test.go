package db

import (
	"errors"
	"strings"
	"testing"
)

// Whatever is given as a URL, the refusal does not repeat a password.
func FuzzURL(f *testing.F) {
	for _, raw := range []string{
		"sqlite:tasktrail.db", "sqlite::memory:", "sqlite:a?mode=ro", "postgres://u:hunter22@h:5432/d?sslmode=require", "postgres:///d?host=/tmp",
		"postgres://u:hunter22@h:port/d", "postgres://u:hunter22@[::1/d", "postgres://u:hunter22@/", "mysql://u:hunter22@h/d", "u:hunter22@h/d", "postgres://u:hunter22 @h/%zz",
	} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		l, err := parseURL(raw)
		switch {
		case err != nil && (!errors.Is(err, ErrURL) || strings.Contains(err.Error(), "hunter22")):
			t.Fatalf("%q: %v", raw, err)
		case err == nil && (l.file == "") == (l.pg == nil):
			t.Fatalf("%q: %+v", raw, l)
		}
		if err == nil && l.pg != nil {
			if _, err := postgresConnector(l.pg, nil); err != nil && strings.Contains(err.Error(), "hunter22") {
				t.Fatalf("%q: %v", raw, err)
			}
		}
	})
}
