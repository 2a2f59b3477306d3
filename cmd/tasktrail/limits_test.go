package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"tasktrail/db/dbtest"
	"tasktrail/graph/limit"
)

// The flags say what the API does without them, and the README says the same.
func TestLimitDefaults(t *testing.T) {
	var flags limiting
	parser, err := kong.New(&flags)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := parser.Parse(nil); err != nil {
		t.Fatal(err)
	}
	got, err := flags.limits()
	if err != nil || got.OrDefault() != limit.Default() {
		t.Errorf("got %+v, %v, want %+v", got, err, limit.Default())
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(readme), "## Limits")
	table, _, _ = strings.Cut(table, "\n## ")
	for _, flag := range parser.Model.Flags {
		if flag.Group == nil {
			continue // --help
		}
		n, _ := strconv.Atoi(flag.Default)
		row := ""
		for line := range strings.Lines(table) {
			if strings.Contains(line, "`--"+flag.Name+"`") {
				row = strings.ReplaceAll(line, ",", "")
			}
		}
		if !strings.Contains(row, flag.Default) && !strings.Contains(row, strconv.Itoa(n/1024)+" KiB") {
			t.Errorf("--%s is %s, which the README does not say: %q", flag.Name, flag.Default, row)
		}
	}
}

// What is chosen holds, and nonsense is refused.
func TestLimitFlags(t *testing.T) {
	s := serve(t, dbtest.SQLite(t), t.TempDir(), "--max-depth=2", "--max-body=100", "--introspection=off")
	s.post(t, http.DefaultClient, "{ viewer { roles } }")
	for document, want := range map[string]string{
		"{ viewer { actor { id } } }":                     `"limit":"depth"`,
		"{ __schema { description } }":                    "introspection is off",
		"{ viewer { roles } }" + strings.Repeat(" ", 100): "limit of 100 bytes",
	} {
		r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, s.url, strings.NewReader(`{"query":"`+document+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+s.token)
		r.Header.Set("Content-Type", "application/json")
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if !strings.Contains(string(text), want) {
			t.Errorf("%s: got %s, want %s", document, text, want)
		}
	}
	for _, flag := range []string{"--max-cost=0", "--max-tokens=-1", "--max-depth=x", "--introspection=maybe"} {
		if _, errs, code := command("serve", "--listen=127.0.0.1:0", "--database=sqlite:"+t.TempDir()+"/x.db", flag); code != 2 || !strings.Contains(errs, strings.Split(flag, "=")[0]) {
			t.Errorf("%s: got %d, %s", flag, code, errs)
		}
	}
}
