package export

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"tasktrail/audit"
	"tasktrail/incident"
)

// request is an export as it was asked for over HTTP.
type request struct {
	Run
	export     *incident.Export
	format     string
	text       incident.FilterText
	checkpoint audit.StoredCheckpoint // of JSON Lines
	trail      audit.TrailID

	sent  int64 // events
	whole bool  // and these were all
}

// prepare checks rights and parameters. From then on the export is recorded, and
// so must be its end.
func (h *handler) prepare(ctx context.Context, v incident.Viewer, query string) (*request, error) {
	r, cursor, wrong := parse(query)
	if wrong != nil && v.CheckAudit() == nil {
		return nil, wrong
	}
	if wrong != nil {
		r = &request{}
	}
	trail, err := h.service.Export(ctx, v, incident.ExportScope{Format: r.format, Filters: r.text.Names(), After: r.After})
	if err != nil {
		return nil, err
	}
	r.export, r.Trail = trail, trail
	if err := h.service.Admit(ctx, v); err != nil {
		return r, err
	}
	return r, check(ctx, trail.Tree(), cursor)
}

// parse reads the parameters, but for whether the trail can explain the cursor.
func parse(query string) (*request, *audit.Cursor, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, nil, &refusal{http.StatusBadRequest, "BAD_USER_INPUT", "the parameters are not in the form name=value&name=value, escaped for a URL"}
	}
	given, err := parameter(values)
	if err != nil {
		return nil, nil, err
	}
	r := &request{format: "jsonl"}
	if format, ok := given["format"]; ok {
		r.format = format
	}
	if r.format != "jsonl" && r.format != "csv" {
		return nil, nil, badInput("format", "must be jsonl or csv")
	}
	list := func(name string) []string {
		if text, ok := given[name]; ok {
			return strings.Split(text, ",")
		}
		return nil
	}
	r.Filter, r.text, err = incident.FilterText{
		IncidentID: given["incidentId"], TaskID: given["taskId"], SubjectID: given["subjectId"], ActorID: given["actorId"],
		ActorKind: list("actorKind"), Actions: list("actions"), Fields: list("fields"),
		Since: given["since"], Until: given["until"],
	}.Filter()
	if input, ok := errors.AsType[*incident.InputError](err); ok {
		return nil, nil, badInput(strings.Join(input.Path, "."), input.Message)
	}
	if err != nil {
		return nil, nil, err
	}
	if given["after"] == "" {
		return r, nil, nil
	}
	cursor, err := audit.ParseCursor(given["after"])
	if err != nil {
		return nil, nil, notExplained(err)
	}
	r.After = cursor.Position
	return r, &cursor, nil
}

// check refuses a cursor that the trail cannot explain.
func check(ctx context.Context, log audit.Log, cursor *audit.Cursor) error {
	if cursor == nil {
		return nil
	}
	return notExplained(audit.CheckCursor(ctx, log, *cursor))
}

// notExplained makes a refusal of what is wrong with a cursor.
func notExplained(err error) error {
	code := "BAD_USER_INPUT"
	switch {
	case errors.Is(err, audit.ErrCursorAhead):
		code = "CURSOR_AHEAD"
	case errors.Is(err, audit.ErrTrailForked):
		code = "TRAIL_FORKED"
	case !errors.Is(err, audit.ErrCursorMalformed):
		return err
	}
	return &refusal{http.StatusBadRequest, code, "after: " + err.Error()}
}

// bound settles up to where the export goes, and under which checkpoint.
func (r *request) bound(ctx context.Context, checkpoint func(context.Context) (audit.StoredCheckpoint, error)) error {
	head, err := r.Trail.Tree().Head(ctx)
	if err != nil {
		return err
	}
	if head.Position == 0 {
		return ErrNoEvents
	}
	r.trail, r.UpTo = head.Trail, head.Position
	if r.format == "csv" {
		return nil
	}
	if r.checkpoint, err = checkpoint(ctx); err != nil {
		return err
	}
	r.UpTo = r.checkpoint.Size
	if r.After > r.UpTo {
		return &refusal{http.StatusServiceUnavailable, "UNAVAILABLE", "there is no checkpoint yet of what lies behind the cursor"}
	}
	err = r.checkRedactions(ctx, audit.ExportHead{Filter: r.text.JSON(), After: r.After, Checkpoint: r.checkpoint.Checkpoint})
	if errors.Is(err, ErrRedactedLater) {
		return &refusal{http.StatusServiceUnavailable, "UNAVAILABLE", err.Error()}
	}
	return err
}

// ended records what became of the export.
func (r *request) ended() {
	r.export.Ended(r.sent, r.UpTo, r.whole)
}

func (r *request) contentType() string {
	if r.format == "csv" {
		return "text/csv; charset=utf-8; header=present"
	}
	return "application/jsonl; charset=utf-8"
}

func (r *request) filename() string {
	return fmt.Sprintf("tasktrail-%.8s-%d.%s", r.trail, r.UpTo, r.format)
}
