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
	format     string
	text       incident.FilterText
	checkpoint audit.StoredCheckpoint // of JSON Lines
	trail      audit.TrailID
}

// prepare checks rights and parameters.
func (h *handler) prepare(ctx context.Context, v incident.Viewer, query string) (*request, error) {
	trail, err := h.service.Export(v)
	if err != nil {
		return nil, err
	}
	if err := h.service.Admit(ctx, v); err != nil {
		return nil, err
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return nil, &refusal{http.StatusBadRequest, "BAD_USER_INPUT", "the parameters are not in the form name=value&name=value, escaped for a URL"}
	}
	given, err := parameter(values)
	if err != nil {
		return nil, err
	}
	r := &request{Run: Run{Trail: trail}, format: "jsonl"}
	if format, ok := given["format"]; ok {
		r.format = format
	}
	if r.format != "jsonl" && r.format != "csv" {
		return nil, badInput("format", "must be jsonl or csv")
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
		return nil, badInput(strings.Join(input.Path, "."), input.Message)
	}
	if err != nil {
		return nil, err
	}
	r.After, err = after(ctx, trail.Tree(), given["after"])
	return r, err
}

// after returns the position of a cursor that the trail can explain.
func after(ctx context.Context, log audit.Log, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	cursor, err := audit.ParseCursor(text)
	if err == nil {
		err = audit.CheckCursor(ctx, log, cursor)
	}
	code := "BAD_USER_INPUT"
	switch {
	case err == nil:
		return cursor.Position, nil
	case errors.Is(err, audit.ErrCursorAhead):
		code = "CURSOR_AHEAD"
	case errors.Is(err, audit.ErrTrailForked):
		code = "TRAIL_FORKED"
	case !errors.Is(err, audit.ErrCursorMalformed):
		return 0, err
	}
	return 0, &refusal{http.StatusBadRequest, code, "after: " + err.Error()}
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

func (r *request) contentType() string {
	if r.format == "csv" {
		return "text/csv; charset=utf-8; header=present"
	}
	return "application/jsonl; charset=utf-8"
}

func (r *request) filename() string {
	return fmt.Sprintf("tasktrail-%.8s-%d.%s", r.trail, r.UpTo, r.format)
}
