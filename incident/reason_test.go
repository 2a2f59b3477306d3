package incident_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A reason that must be given must say something; one that need not is kept as
// it is, and empty it is none.
func TestBlankReasons(t *testing.T) {
	long := strings.Repeat("é", incident.MaxReason+1)
	dbtest.Each(t, func(t *testing.T, url string) {
		_, service := open(t, url)
		ctx, v := context.Background(), person("alice")
		id := call{on: "task"}.mustFresh(t, service, v)
		thing, err := current(ctx, service, v, id)
		if err != nil {
			t.Fatal(err)
		}
		i := thing.(*incident.Task).IncidentID
		before := mustHead(t, service, v)
		for _, reason := range []*string{nil, text(""), text(" "), text("\t\n\u00a0"), &long, text("a\x00")} {
			p, err := service.SkipTask(ctx, v, incident.SkipTaskInput{Common: in{Reason: reason}, ID: id})
			if err != nil || len(p.Errors) != 1 || !breach(p.Errors[0], []string{"input", "reason"}, "reason must") {
				t.Errorf("skipTask with the reason %q: got %v, %v, want a refusal", shownText(reason), p.Errors, err)
			}
			c, err := service.CloseIncident(ctx, v, incident.CloseIncidentInput{ID: i, Classification: incident.Undetermined, OverrideReason: reason})
			var open *incident.OpenTasksError
			absent := reason == nil || *reason == ""
			switch {
			case err != nil || len(c.Errors) != 1:
				t.Errorf("closeIncident with the overrideReason %q: got %v, %v, want one refusal", shownText(reason), c.Errors, err)
			case absent && (!errors.As(c.Errors[0], &open) || !slices.Equal(open.TaskIDs, []string{id})):
				t.Errorf("closeIncident over an open task: got %v, want that task", c.Errors[0])
			case !absent && !breach(c.Errors[0], []string{"input", "overrideReason"}, "overrideReason must"):
				t.Errorf("closeIncident with the overrideReason %q: got %v, want a refusal", shownText(reason), c.Errors[0])
			}
		}
		if got := mustHead(t, service, v); got != before {
			t.Errorf("the trail grew from %d to %d", before, got)
		}
		for n, reason := range []string{"", " ", " because\n"} {
			step := []string{"startTask", "completeTask", "reopenTask"}[n]
			for _, c := range calls {
				if c.name == step {
					if got := c.must(t, service, v, id, in{Reason: &reason}).event.Payload.Reason; got != reason {
						t.Errorf("%s records the reason %q, want %q", step, got, reason)
					}
				}
			}
		}
	})
}

func shownText(s *string) string {
	if s == nil {
		return "null"
	}
	return (*s)[:min(len(*s), 20)]
}
