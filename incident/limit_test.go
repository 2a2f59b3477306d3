package incident_test

import (
	"context"
	"fmt"
	"testing"

	"golang.org/x/sync/errgroup"

	"tasktrail/db"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// An incident has at most 1,000 live tasks, however many are added at once:
// neither a new one nor a tombstone gets over the limit, and a deleted task
// makes room for either.
func TestTaskLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		store, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		i := mustDo(t, service, v, "createIncident", "").thing.(*incident.Incident)
		const callers = 64 // the last of them are too late
		answers := make([]result, incident.MaxTasks+callers)
		var work errgroup.Group
		work.SetLimit(callers)
		for n := range answers {
			work.Go(func() (err error) {
				answers[n], err = ofT(service.AddTask(ctx, v, incident.AddTaskInput{IncidentID: i.ID, Title: fmt.Sprint(n)}))
				return err
			})
		}
		if err := work.Wait(); err != nil {
			t.Fatal(err)
		}
		var tasks []string
		for _, r := range answers {
			if task, ok := r.thing.(*incident.Task); ok {
				tasks = append(tasks, task.ID)
			}
		}
		if len(tasks) != incident.MaxTasks {
			t.Fatalf("%d of %d tasks were added, want %d", len(tasks), len(answers), incident.MaxTasks)
		}
		refused := func(name, id, field string) {
			t.Helper()
			before := mustHead(t, service, v)
			r, err := doNamed(ctx, service, v, name, id)
			if want := []string{"input", field}; err != nil || len(r.errs) != 1 || !breach(r.errs[0], want, "1000") {
				t.Errorf("%s over the limit: got %v, %v, want a refusal at %q that names 1000", name, r.errs, err, want)
			}
			if got := mustHead(t, service, v); got != before {
				t.Errorf("%s over the limit wrote up to %d, want %d", name, got, before)
			}
		}
		refused("addTask", i.ID, "incidentId")
		mustDo(t, service, v, "deleteTask", tasks[3])
		mustDo(t, service, v, "addTask", i.ID)
		refused("restoreTask", tasks[3], "id")
		mustDo(t, service, v, "restoreTask", tasks[4]) // not deleted: nothing to do
		mustDo(t, service, v, "deleteTask", tasks[500])
		mustDo(t, service, v, "restoreTask", tasks[3])
		refused("addTask", i.ID, "incidentId")
		progress, err := store.Progress(ctx, []string{i.ID}, service.Now())
		if got := progress[i.ID].Total; err != nil || got != incident.MaxTasks {
			t.Errorf("there are %d tasks, %v, want %d", got, err, incident.MaxTasks)
		}
		if _, err := store.Verify(ctx, db.VerifyOptions{}); err != nil {
			t.Errorf("verify: %v", err)
		}
	})
}
