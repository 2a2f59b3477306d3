package importer

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"tasktrail/audit"
	"tasktrail/incident"
)

// recorder is a Mutator that keeps what it was asked in memory. It answers a
// clientMutationId it knows as the service does: with the first answer.
type recorder struct {
	mu        sync.Mutex
	calls     []string                             // the mutation ids in the order of the calls
	incidents []*incident.Incident                 // in order of creation
	tasks     map[string][]string                  // titles by incident
	inputs    map[string]incident.AddTaskInput     // by mutation id
	answers   map[string]*incident.IncidentPayload // by mutation id
	added     map[string]*incident.TaskPayload     // by mutation id

	fail   map[string]error                  // by mutation id
	refuse map[string]incident.MutationError // by mutation id
	onCall func()
}

func newRecorder() *recorder {
	return &recorder{
		tasks:   map[string][]string{},
		inputs:  map[string]incident.AddTaskInput{},
		answers: map[string]*incident.IncidentPayload{},
		added:   map[string]*incident.TaskPayload{},
		fail:    map[string]error{},
		refuse:  map[string]incident.MutationError{},
	}
}

// call notes a mutation and says whether it is to fail.
func (r *recorder) call(id string) (incident.MutationError, error) {
	r.calls = append(r.calls, id)
	if r.onCall != nil {
		r.onCall()
	}
	return r.refuse[id], r.fail[id]
}

func (r *recorder) CreateIncident(_ context.Context, _ incident.Viewer, in incident.CreateIncidentInput) (*incident.IncidentPayload, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := *in.ClientMutationID
	if refusal, err := r.call(id); err != nil || refusal != nil {
		return &incident.IncidentPayload{Errors: slices.DeleteFunc([]incident.MutationError{refusal}, func(e incident.MutationError) bool { return e == nil })}, err
	}
	if p := r.answers[id]; p != nil {
		again := *p
		again.Replayed = true
		return &again, nil
	}
	inc := &incident.Incident{ID: fmt.Sprintf("inc_%d", len(r.incidents)+1), Title: in.Title, Description: in.Description, Severity: in.Severity, Labels: in.Labels}
	r.incidents = append(r.incidents, inc)
	r.answers[id] = &incident.IncidentPayload{Incident: inc, Event: &audit.Event{}}
	return r.answers[id], nil
}

func (r *recorder) AddTask(_ context.Context, _ incident.Viewer, in incident.AddTaskInput) (*incident.TaskPayload, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := *in.ClientMutationID
	if refusal, err := r.call(id); err != nil || refusal != nil {
		return &incident.TaskPayload{Errors: slices.DeleteFunc([]incident.MutationError{refusal}, func(e incident.MutationError) bool { return e == nil })}, err
	}
	if p := r.added[id]; p != nil {
		again := *p
		again.Replayed = true
		return &again, nil
	}
	r.inputs[id] = in
	r.tasks[in.IncidentID] = append(r.tasks[in.IncidentID], in.Title)
	r.added[id] = &incident.TaskPayload{Task: &incident.Task{ID: id, Title: in.Title}, Event: &audit.Event{}}
	return r.added[id], nil
}
