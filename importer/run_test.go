package importer

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"tasktrail/incident"
)

// sample returns n incidents; the i-th, from 0, has i%4 tasks.
func sample(n int) (incidents []Incident, tasks int) {
	due := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range n {
		inc := Incident{Title: fmt.Sprint("incident ", i), Description: new("why"), Severity: incident.SeverityLow, Labels: []string{"a"}}
		for j := range i % 4 {
			inc.Tasks = append(inc.Tasks, Task{Title: fmt.Sprint("task ", j), Description: new("how"), Mandatory: true, DueAt: &due})
			tasks++
		}
		incidents = append(incidents, inc)
	}
	return incidents, tasks
}

var digest = sha256.Sum256([]byte("a file"))

func TestRun(t *testing.T) {
	incidents, tasks := sample(50)
	svc := newRecorder()
	var progress []int
	got, err := Run(t.Context(), svc, incident.Viewer{}, incidents, digest, func(done, total int) {
		if total != 50+tasks {
			t.Errorf("got a total of %d, want %d", total, 50+tasks)
		}
		progress = append(progress, done)
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := (Report{Incidents: 50, Tasks: tasks, Events: 50 + tasks}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if !slices.IsSorted(progress) || len(progress) != 50+tasks || progress[len(progress)-1] != 50+tasks {
		t.Errorf("progress was %v", progress)
	}
	for i, inc := range svc.incidents {
		var titles []string
		for _, task := range incidents[i].Tasks {
			titles = append(titles, task.Title)
		}
		if inc.Title != incidents[i].Title || !reflect.DeepEqual(svc.tasks[inc.ID], titles) {
			t.Errorf("incident %d is %q with %v", i, inc.Title, svc.tasks[inc.ID])
		}
	}
	in := svc.inputs[fmt.Sprintf("import:%x:2:1", digest[:8])]
	if want := incidents[1].Tasks[0]; in.Title != want.Title || in.Description != want.Description || !*in.Mandatory || in.DueAt != want.DueAt {
		t.Errorf("the first task of the second incident was added as %+v", in)
	}
}

// After a failure half-way, running again does the rest and nothing twice.
func TestRunAgain(t *testing.T) {
	incidents, tasks := sample(20)
	svc := newRecorder()
	away := errors.New("database away")
	svc.fail[fmt.Sprintf("import:%x:12:2", digest[:8])] = away

	first, err := Run(t.Context(), svc, incident.Viewer{}, incidents, digest, nil)
	if !errors.Is(err, away) || err.Error() != "incident 12, task 2: database away" {
		t.Fatalf("got error %v", err)
	}
	clear(svc.fail)
	second, err := Run(t.Context(), svc, incident.Viewer{}, incidents, digest, nil)
	if err != nil {
		t.Fatal(err)
	}
	if first.Events+second.Events != 20+tasks || second.Replayed != first.Events || second.Tasks != tasks {
		t.Errorf("first %+v, second %+v, with %d tasks", first, second, tasks)
	}
	third, err := Run(t.Context(), svc, incident.Viewer{}, incidents, digest, nil)
	if want := (Report{Incidents: 20, Tasks: tasks, Replayed: 20 + tasks}); err != nil || third != want {
		t.Errorf("got %+v, %v, want %+v", third, err, want)
	}
	if len(svc.incidents) != 20 || len(svc.added) != tasks {
		t.Errorf("there are %d incidents and %d tasks", len(svc.incidents), len(svc.added))
	}
}

func TestRunStopsAtARefusal(t *testing.T) {
	incidents, _ := sample(8)
	for _, tt := range []struct{ id, want string }{
		{"3", "incident 3: no"},
		{"4:2", "incident 4, task 2: no"},
	} {
		svc := newRecorder()
		svc.refuse[fmt.Sprintf("import:%x:%s", digest[:8], tt.id)] = &incident.ValidationError{Message: "no"}
		report, err := Run(t.Context(), svc, incident.Viewer{}, incidents, digest, nil)
		if err == nil || err.Error() != tt.want {
			t.Errorf("%s: got error %v, want %q", tt.id, err, tt.want)
		}
		if _, ok := errors.AsType[incident.Refusal](err); !ok {
			t.Errorf("%s: the error does not hold the refusal", tt.id)
		}
		if report.Incidents != len(svc.incidents) || report.Tasks != len(svc.added) {
			t.Errorf("%s: got %+v, there are %d incidents and %d tasks", tt.id, report, len(svc.incidents), len(svc.added))
		}
	}
}

func TestRunStopsWhenCancelled(t *testing.T) {
	incidents, _ := sample(40)
	for _, after := range []int{5, 45} { // among the incidents, among the tasks
		ctx, cancel := context.WithCancel(t.Context())
		svc := newRecorder()
		svc.onCall = func() {
			if len(svc.calls) == after {
				cancel()
			}
		}
		_, err := Run(ctx, svc, incident.Viewer{}, incidents, digest, nil)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d calls: got error %v", after, err)
		}
		if n := len(svc.calls); n > after+workers {
			t.Errorf("after %d calls: there were %d calls more", after, n-after)
		}
		cancel()
	}
}
