package incident_test

import (
	"context"
	"fmt"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// An incident with 10,000 events of itself and 1,000 tasks: as it was at the
// end and in the middle, and what became of it, beside reading the same events.
func BenchmarkPast(b *testing.B) {
	const tasks, changes = 1000, 9
	for name, url := range map[string]func(testing.TB) string{"sqlite": dbtest.SQLite, "postgres": dbtest.Postgres} {
		_, service := open(b, url(b))
		ctx, v := context.Background(), person("alice")
		p, err := service.CreateIncident(ctx, v, incident.CreateIncidentInput{Title: "I", Severity: incident.SeverityLow})
		if err != nil {
			b.Fatal(err)
		}
		id, last := p.Incident.ID, int64(0)
		for n := range tasks / 100 {
			in := incident.AddTasksInput{IncidentID: id}
			for m := range 100 {
				in.Tasks = append(in.Tasks, incident.NewTaskInput{Title: fmt.Sprint("Look at sign-in ", n*100+m), Description: text("What the analyst has to look at, in *Markdown*, with a few words more.")})
			}
			added, err := service.AddTasks(ctx, v, in)
			if err != nil || len(added.Errors) > 0 {
				b.Fatal(err, added.Errors)
			}
			for change := range changes {
				for _, r := range added.Results {
					u, err := service.UpdateTask(ctx, v, incident.UpdateTaskInput{ID: r.Task.ID, Title: incident.Optional[*string]{Set: true, Value: text(fmt.Sprint("Title ", change))}})
					if err != nil || u.Event == nil {
						b.Fatal(err, u.Errors)
					}
					last = u.Event.Position
				}
			}
		}
		reader, err := service.Read(v)
		if err != nil {
			b.Fatal(err)
		}
		middle, none := last/2, int64(0)
		for what, ask := range map[string]func(past *incident.Past) error{
			"events": func(*incident.Past) error { _, err := reader.IncidentEvents(ctx, id, last); return err },
			"last": func(past *incident.Past) error {
				_, err := past.IncidentAt(ctx, id, incident.TrailPoint{Position: &last})
				return err
			},
			"middle": func(past *incident.Past) error {
				_, err := past.IncidentAt(ctx, id, incident.TrailPoint{Position: &middle})
				return err
			},
			"diff": func(past *incident.Past) error {
				_, err := past.IncidentDiff(ctx, id, incident.TrailPoint{Position: &none}, nil)
				return err
			},
		} {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					past, err := service.Past(v)
					if err == nil {
						err = ask(past)
					}
					if err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
