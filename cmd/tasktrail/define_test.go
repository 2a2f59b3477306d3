package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

const definitions = `playbooks:
  - name: NAME
    steps:
      - title: Ask
      - title: Close
        mandatory: true
rules:
  - name: NAME
    trigger: INCIDENT_CREATED
    actions:
      - applyPlaybook:
          playbook: NAME
`

// A second import of the same file changes nothing; a dry run writes nothing
// and tells what differs; an export reads as what was imported.
func TestImportDefinitions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag := "--database=" + url
		text := strings.ReplaceAll(definitions, "NAME", "Of "+filepath.Base(t.Name()))
		path := mustWrite(t, text)
		mustSay(t, "applied 0001_trail", "migrate", flag)
		mustSay(t, "1 playbooks and 1 rules would be imported (format yaml): 2 created, 0 updated, 0 unchanged", "import", flag, "--dry-run", path)
		mustSay(t, "1 playbooks and 1 rules imported (format yaml): 2 created, 0 updated, 0 unchanged", "import", flag, path)
		mustSay(t, "1 playbooks and 1 rules imported (format yaml): 0 created, 0 updated, 2 unchanged", "import", flag, path)
		mustSay(t, "          playbook: Of "+filepath.Base(t.Name())+"\n", "export", flag, "--format=yaml")

		changed := mustWrite(t, strings.Replace(text, "title: Close", "title: Tell \"everybody\"", 1))
		out, errs, code := command("import", flag, "--dry-run", changed)
		if code != 0 || !strings.Contains(out, `.title: "Close" -> "Tell \"everybody\""`) || !strings.Contains(out, "0 created, 1 updated, 1 unchanged") {
			t.Errorf("got %d, %s%s", code, out, errs)
		}
		mustSay(t, "0 created, 0 updated, 2 unchanged", "import", flag, path)
		mustSay(t, "0 created, 1 updated, 1 unchanged", "import", flag, changed)

		to := filepath.Join(t.TempDir(), "out.yaml")
		mustSay(t, "", "export", flag, "--format=yaml", "--output="+to)
		mustSay(t, "0 created, 0 updated, 2 unchanged", "import", flag, "--as=playbooks", to)
		if written, err := os.ReadFile(to); err != nil || !strings.Contains(string(written), `title: "Tell \"everybody\""`) {
			t.Errorf("error %v, wrote %s", err, written)
		}
		mustSay(t, `"ok":true`, "verify", flag, "--json")
	})
}

// A refusal that only the database can give has its line too, and nothing of
// the file is imported.
func TestImportDefinitionsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		flag := "--database=" + url
		mustSay(t, "applied 0001_trail", "migrate", flag)
		text := strings.ReplaceAll(definitions, "NAME", "Refused "+filepath.Base(t.Name())) + "      - callWebhook:\n          webhook: Nobody\n"
		for _, args := range [][]string{{"--dry-run"}, nil} {
			out, errs, code := command(append([]string{"import", flag, mustWrite(t, text)}, args...)...)
			if code != 1 || !strings.Contains(errs, "line 14, rules[0].actions[1].callWebhook.webhook: ") {
				t.Errorf("got %d, %s%s", code, out, errs)
			}
		}
		out, _, _ := command("export", flag, "--format=yaml")
		if strings.Contains(out, "Refused") {
			t.Errorf("there is %s", out)
		}
	})
}

func TestImportNotes(t *testing.T) {
	path := mustWrite(t, `{"name": "Lost\u001bbadge", "severity": 2, "x\u001b[31m": 1, "tasks": [{"title": "Ask"}]}`)
	flag := "--database=" + dbtest.SQLite(t)
	mustSay(t, "applied 0001_trail", "migrate", flag)
	out, errs, code := command("import", flag, "--format=thehive", path)
	want := `playbook  created    "Lost\x1bbadge"
1 playbooks and 0 rules imported (format thehive): 1 created, 0 updated, 0 unchanged
not carried over:
  playbook "Lost\x1bbadge": severity 2 has no counterpart
  "playbook \"Lost\\x1bbadge\": x\x1b[31m 1 has no counterpart"
`
	if code != 0 || out != want {
		t.Errorf("got %d, %s%s", code, out, errs)
	}
}

func TestPrintReport(t *testing.T) {
	change := func(field, from, to string) audit.Change {
		return audit.Change{Field: field, From: json.RawMessage(from), To: json.RawMessage(to)}
	}
	report := incident.BundleReport{
		Playbooks: []incident.BundleItem{{Name: "New\nline", Outcome: incident.BundleCreated, Changes: []audit.Change{change("name", "null", `"x"`)}}},
		Rules: []incident.BundleItem{
			{Name: "Same", Outcome: incident.BundleUnchanged},
			{Name: "Other", Outcome: incident.BundleUpdated, Changes: []audit.Change{
				change("order", "100", "9007199254740993"),
				change("description", "null", `"<b>\u001b[31m`+strings.Repeat("é", 200)+`"`),
				change("name", "null", `"exe.\u202egpj"`),
				change("actions", `[{"addTask":{"title":"a"}},{"addLabels":["b"]}]`, `[{"addTask":{"title":"a","group":"g"}},{"addLabels":["c","d"]},{"setSeverity":"HIGH"}]`),
			}},
		},
	}
	var out strings.Builder
	printReport(&out, report, "yaml", true)
	want := `playbook  created    "New\nline"
rule      unchanged  Same
rule      updated    Other
    order: 100 -> 9007199254740993
    description: null -> "<b>\u001b[31m` + strings.Repeat("é", 120-14) + `… (215 characters)
    name: null -> "\"exe.\u202egpj\""
    actions[0].addTask.group: null -> "g"
    actions[1].addLabels[0]: "b" -> "c"
    actions[1].addLabels[1]: null -> "d"
    actions[2]: null -> {"setSeverity":"HIGH"}
1 playbooks and 2 rules would be imported (format yaml): 1 created, 1 updated, 1 unchanged
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
	out.Reset()
	printReport(&out, report, "yaml", false)
	if strings.Contains(out.String(), "->") {
		t.Errorf("what was done is told in full: %s", out.String())
	}
}
