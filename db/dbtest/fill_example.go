package dbtest

import (
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/db"
	"tasktrail/incident"
)

// exampleIncidents is how many incidents the example has.
const exampleIncidents = 40

// example is a small history as the service writes it, and the rows that it
// leads to.
type example struct {
	prologue            []*audit.Event // definitions
	events              []*audit.Event // of incidents and tasks
	last                int            // the last event of one of the incidents
	columns             map[string][]string
	rows                map[string][][]any
	actors, definitions [][]any
}

func newExample(t testing.TB) *example {
	t.Helper()
	url := "sqlite:" + filepath.Join(t.TempDir(), "example.db")
	if _, err := db.Migrate(context.Background(), url); err != nil {
		t.Fatal(err)
	}
	s, err := db.Open(context.Background(), url, db.Options{Log: zerolog.Nop()})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	x := &example{columns: map[string][]string{}, rows: map[string][][]any{}}
	play(t, incident.New(s, nil))
	all, err := s.Log().Read(context.Background(), 0, 1_000_000)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.IncidentID == "" {
			x.prologue = append(x.prologue, e)
			continue
		}
		x.events = append(x.events, e)
		if e.IncidentID == x.events[0].IncidentID {
			x.last = len(x.events) - 1
		}
	}
	from := Raw(t, url)
	for _, table := range []string{"incidents", "tasks"} {
		x.columns[table], x.rows[table] = contents(t, from, table)
	}
	x.columns["actors"], x.actors = contents(t, from, "actors")
	x.columns["definitions"], x.definitions = contents(t, from, "definitions")
	return x
}

// play works on the incidents side by side: some 19 events for each.
func play(t testing.TB, service *incident.Service) {
	t.Helper()
	ctx := context.Background()
	viewer := func(name string, role incident.Role) incident.Viewer {
		return incident.Viewer{
			Actor:     incident.Actor{ID: incident.ActorID("fill", name), Name: name, Kind: incident.KindUser, Email: name + "@example.com"},
			Roles:     []incident.Role{role},
			RequestID: "01JD8Z6M9W4T3Q2X7V5B1N0K8H",
		}
	}
	author, people := viewer("Ines Author", incident.RoleContributor), []incident.Viewer{viewer("alice", incident.RoleResponder), viewer("Zoë Ångström", incident.RoleResponder)}
	must := func(errs []incident.MutationError, err error) {
		if err != nil || len(errs) > 0 {
			t.Fatal(err, errs)
		}
	}
	for _, v := range append(people, author) {
		must(nil, service.Admit(ctx, v))
	}
	book, err := service.CreatePlaybook(ctx, author, incident.CreatePlaybookInput{Playbook: incident.PlaybookInput{
		Name: "Suspicious sign-in", Steps: []incident.PlaybookStepInput{{Title: "Ask the person whether it was them"}, {Title: "Revoke the sessions"}},
	}})
	must(book.Errors, err)
	rule, err := service.CreateRule(ctx, author, incident.CreateRuleInput{Rule: incident.RuleInput{
		Name: "Sign-ins", Trigger: incident.OnIncidentCreated,
		Actions: []incident.RuleAction{{ApplyPlaybook: &incident.ApplyPlaybookAction{PlaybookID: book.Definition.ID}}},
	}})
	must(rule.Errors, err)

	text := func(s string) *string { return &s }
	key := 0
	common := func() incident.Common {
		key++
		return incident.Common{ClientMutationID: text(fmt.Sprint("5f0c9f6e-client-", key))}
	}
	var ids []string
	tasks := map[string][]string{}
	each := func(f func(v incident.Viewer, n int, id string)) {
		for n, id := range ids {
			f(people[n%2], n, id)
		}
	}
	for n := range exampleIncidents {
		p, err := service.CreateIncident(ctx, people[n%2], incident.CreateIncidentInput{
			Common: common(), Title: fmt.Sprint("Sign-in from an unusual place, case ", n), Severity: incident.Severities[n%4],
			Description: text("The sign-in came from 192.0.2." + strconv.Itoa(n) + ", an address not seen before for this person.\n\n- host `ws-1234`\n- “Zoë”"),
			Labels:      []string{"identity", "sign-in"},
		})
		must(p.Errors, err)
		ids = append(ids, p.Incident.ID)
	}
	for m := range 3 {
		each(func(v incident.Viewer, n int, id string) {
			due := time.Now().Add(time.Hour)
			p, err := service.AddTask(ctx, v, incident.AddTaskInput{
				Common: common(), IncidentID: id, Title: fmt.Sprint("Look at the logs of host ", m), DueAt: &due, AssigneeID: &v.Actor.ID,
			})
			must(p.Errors, err)
			tasks[id] = append(tasks[id], p.Task.ID)
		})
	}
	each(func(v incident.Viewer, n int, id string) {
		p, err := service.StartTask(ctx, v, incident.StartTaskInput{ID: tasks[id][0]})
		must(p.Errors, err)
		p, err = service.MoveTask(ctx, v, incident.MoveTaskInput{ID: tasks[id][2], Rank: 1})
		must(p.Errors, err)
	})
	for m := range 3 {
		each(func(v incident.Viewer, n int, id string) {
			p, err := service.CompleteTask(ctx, v, incident.CompleteTaskInput{Common: common(), ID: tasks[id][m]})
			must(p.Errors, err)
		})
	}
	each(func(v incident.Viewer, n int, id string) {
		severity := incident.Severities[(n+1)%4]
		p, err := service.UpdateIncident(ctx, v, incident.UpdateIncidentInput{
			Common: common(), ID: id, Severity: incident.Optional[*incident.IncidentSeverity]{Set: true, Value: &severity},
		})
		must(p.Errors, err)
		c, err := service.CloseIncident(ctx, v, incident.CloseIncidentInput{
			Common: common(), ID: id, Classification: incident.TruePositive, ClassificationComment: text("The person confirmed that it was not them."),
		})
		must(c.Errors, err)
	})
}

// copiedID is the id that a thing of the example has in a copy.
func copiedID(id string, n int) string {
	if len(id) < 12 {
		return id
	}
	return fmt.Sprintf("%s%08x%s", id[:4], n, id[12:])
}

// number is the number that an incident of the example has in a copy.
func (x *example) number(text []byte, n int) int {
	number, _ := strconv.Atoi(string(text))
	return number + n*exampleIncidents
}

// copied is a row of the example in a copy.
func (x *example) copied(table string, row []any, n int) []any {
	out := append([]any{}, row...)
	for m, column := range x.columns[table] {
		switch column {
		case "id", "incident_id":
			out[m] = copiedID(row[m].(string), n)
		case "number":
			out[m] = row[m].(int64) + int64(n*exampleIncidents)
		}
	}
	return out
}
