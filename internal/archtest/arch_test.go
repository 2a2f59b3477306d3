package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "tasktrail"

// A name stands for the package of that import path and for all below it.
const (
	cmd      = module + "/cmd"
	db       = module + "/db"
	auth     = module + "/auth"
	graph    = module + "/graph"
	importer = module + "/importer"
	webhook  = module + "/webhook"
	tiles    = module + "/tlogtiles"
	export   = module + "/export"
	incident = module + "/incident"
	throttle = module + "/throttle"
	audit    = module + "/audit"

	bun    = "github.com/uptrace/bun"
	gqlgen = "github.com/99designs/gqlgen"
	sql    = "database/sql" // database/sql/driver excepted: ids implement its interfaces
	http   = "net/http"
)

// rules say what a package must not import. What is ours is banned however
// many steps away. What is not is banned at any distance only where deep is
// set; elsewhere a library may use it as long as our own code does not: the
// PostgreSQL driver and gqlgen are free to bring net/http.
var rules = []struct {
	packages string
	bans     []string
	deep     bool
}{
	{audit, []string{cmd, db, auth, graph, importer, webhook, tiles, export, incident, bun, gqlgen, sql, http}, true},
	{incident, []string{cmd, db, auth, graph, importer, webhook, tiles, export, bun, gqlgen, sql, http}, true},
	{throttle, []string{cmd, db, auth, graph, importer, webhook, tiles, export, incident, audit, bun, gqlgen, sql, http}, true},
	{importer, []string{cmd, db, auth, graph, webhook, tiles, export, bun, gqlgen, sql, http}, true},
	{tiles, []string{cmd, db, graph, importer, webhook, export, bun, gqlgen, sql}, true},
	{webhook, []string{cmd, db, auth, graph, importer, tiles, export, bun, gqlgen, sql}, true},
	{db, []string{cmd, graph, webhook, tiles, export, gqlgen, http}, false},
	{auth, []string{cmd, graph, db, webhook, tiles, export, bun}, false},
	{graph, []string{cmd, db, webhook, tiles, export, bun}, false},
	{export, []string{cmd, db, graph, importer, webhook, tiles, bun, gqlgen, sql}, true},
	{cmd, []string{bun}, false}, // so that db alone imports it
}

// breaches lists every import that the rules forbid, as "importer: import",
// sorted. imports holds what each package imports itself.
func breaches(imports map[string][]string) []string {
	var found []string
	for pkg := range imports {
		for _, rule := range rules {
			if !within(pkg, rule.packages) {
				continue
			}
			deps := reachable(imports, pkg)
			for dep := range deps {
				far := !slices.Contains(imports[pkg], dep)
				if far && !rule.deep && !within(dep, module) {
					continue
				}
				if slices.ContainsFunc(rule.bans, func(ban string) bool { return within(dep, ban) }) {
					found = append(found, pkg+": "+dep)
				}
			}
		}
	}
	slices.Sort(found)
	return found
}

// within reports whether pkg is the named package or one below it.
func within(pkg, name string) bool {
	if name == sql {
		return pkg == sql
	}
	return pkg == name || strings.HasPrefix(pkg, name+"/")
}

// reachable is every package that pkg imports, itself or through others.
func reachable(imports map[string][]string, pkg string) map[string]bool {
	seen := map[string]bool{}
	var visit func(string)
	visit = func(p string) {
		for _, next := range imports[p] {
			if !seen[next] {
				seen[next] = true
				visit(next)
			}
		}
	}
	visit(pkg)
	return seen
}

func TestImports(t *testing.T) {
	imports := listImports(t)
	for _, pkg := range []string{audit, incident} {
		if _, ok := imports[pkg]; !ok {
			t.Errorf("%s was not looked at", pkg)
		}
	}
	for _, b := range breaches(imports) {
		t.Errorf("forbidden import: %s", b)
	}
}

// listImports asks the go command what each package of ours, and each that
// they need, imports.
func listImports(t *testing.T) map[string][]string {
	t.Helper()
	const root = "../.."
	watch(t, root)
	list := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports", "./...")
	list.Dir = root
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatalf("%v: %v", list, err)
	}
	imports := map[string][]string{}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := dec.Decode(&p)
		if errors.Is(err, io.EOF) {
			return imports
		}
		if err != nil {
			t.Fatalf("output of %v: %v", list, err)
		}
		imports[p.ImportPath] = p.Imports
	}
}

// watch reads the directories of the module for the go command to see: it
// reuses the result of a test only while the files that the test itself looked
// at are the same, and it does not see what a child process looks at.
func watch(t *testing.T, root string) {
	t.Helper()
	err := filepath.WalkDir(root, func(_ string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Each case breaks one rule in an otherwise good program.
func TestBreachesAreFound(t *testing.T) {
	const pgdriver = bun + "/driver/pgdriver"
	good := map[string][]string{
		cmd + "/tasktrail":   {auth, db, graph, importer, webhook, tiles, export, incident, audit, http},
		tiles:                {auth, incident, audit, http},
		graph:                {auth, incident, audit, gqlgen, http, graph + "/generated"},
		graph + "/generated": {gqlgen, incident},
		auth:                 {incident, throttle, http},
		throttle:             {"golang.org/x/time/rate"},
		db:                   {incident, audit, bun, pgdriver, sql},
		importer:             {incident},
		webhook:              {incident, http},
		export:               {auth, incident, audit, http},
		incident:             {audit, "github.com/google/uuid"},
		audit:                {"crypto/sha256"},

		"github.com/google/uuid": {sql + "/driver"},
		gqlgen:                   {http},
		pgdriver:                 {http, sql},
		bun:                      {sql},
	}
	if got := breaches(good); len(got) != 0 {
		t.Errorf("the good program is refused: %q", got)
	}

	tests := []struct {
		name     string
		pkg, add string
		want     string
	}{
		{"audit uses a package of ours", audit, incident, audit + ": " + incident},
		{"audit uses SQL", audit, sql, audit + ": " + sql},
		{"audit uses HTTP", audit, http, audit + ": " + http},
		{"incident uses SQL", incident, sql, incident + ": " + sql},
		{"incident uses HTTP through a library", "github.com/google/uuid", http, incident + ": " + http},
		{"incident uses gqlgen", incident, gqlgen + "/graphql", incident + ": " + gqlgen + "/graphql"},
		{"incident uses bun through another of ours", audit, bun, incident + ": " + bun},
		{"the importer writes past the service", importer, db, importer + ": " + db},
		{"the sender of webhooks reads the database", webhook, db, webhook + ": " + db},
		{"the sender of webhooks uses SQL", webhook, sql, webhook + ": " + sql},
		{"the files of the trail are read past the service", tiles, db, tiles + ": " + db},
		{"a resolver serves files", graph, tiles, graph + ": " + tiles},
		{"an export reads the database itself", export, db, export + ": " + db},
		{"a rule sends", incident, webhook, incident + ": " + webhook},
		{"a change sends while its transaction is open", db, webhook, db + ": " + webhook},
		{"a resolver sends", graph, webhook, graph + ": " + webhook},
		{"db uses HTTP", db, http, db + ": " + http},
		{"db uses the API", db, graph + "/generated", db + ": " + graph + "/generated"},
		{"auth reads the database", auth, db, auth + ": " + db},
		{"a limit knows HTTP", throttle, http, throttle + ": " + http},
		{"auth uses bun", auth, bun, auth + ": " + bun},
		{"a resolver reads the database", graph, db, graph + ": " + db},
		{"a resolver reads the database through another of ours", auth, db, graph + ": " + db},
		{"generated code uses bun", graph + "/generated", bun + "/dialect", graph + "/generated: " + bun + "/dialect"},
		{"a command writes SQL itself", cmd + "/tasktrail", bun, cmd + "/tasktrail: " + bun},
		{"the program is imported", auth, cmd + "/tasktrail", auth + ": " + cmd + "/tasktrail"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			bad := map[string][]string{}
			for pkg, imports := range good {
				bad[pkg] = slices.Clone(imports)
			}
			bad[test.pkg] = append(bad[test.pkg], test.add)
			if got := breaches(bad); !slices.Contains(got, test.want) {
				t.Errorf("breaches = %q, want %q among them", got, test.want)
			}
		})
	}
}
