package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/auth"
	"tasktrail/incident"
)

// Limits of exports over HTTP.
const (
	atOnce       = 4 // in all
	atOnceActor  = 2 // for one actor
	longest      = time.Hour
	writeTimeout = 30 * time.Second // for each piece of at most 64 KiB
	retryAfter   = "10"             // seconds
)

// Options of [Handler].
type Options struct {
	// Checkpoint returns one of the whole trail, or as new a one as there is. Its
	// errors may be those of [Newest].
	Checkpoint func(ctx context.Context) (audit.StoredCheckpoint, error)
	Drain      <-chan struct{} // closed when the server stops
	Log        zerolog.Logger

	WriteTimeout time.Duration // 0: 30 s
}

// Handler answers GET /trail/export?format=jsonl|csv, with the fields of
// AuditEventFilter as further parameters (lists with commas between their
// values) and after, a cursor. It is behind the AUDITOR role. An error after the
// answer has begun aborts the connection, so that what is cut short does not
// look complete.
func Handler(service *incident.Service, o Options) http.Handler {
	if o.WriteTimeout == 0 {
		o.WriteTimeout = writeTimeout
	}
	return &handler{service: service, Options: o, running: map[string]int{}}
}

type handler struct {
	Options
	service *incident.Service

	mu      sync.Mutex
	running map[string]int // by actor
	total   int
}

// A refusal is an answer with a status, a code and a text fit for clients.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.message }

func badInput(parameter, message string) error {
	return &refusal{http.StatusBadRequest, "BAD_USER_INPUT", parameter + ": " + message}
}

// ServeHTTP implements [http.Handler].
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), longest)
	defer cancel()
	v := auth.ViewerFrom(ctx)
	if v.ExpiresAt != nil {
		ctx, cancel = context.WithDeadline(ctx, *v.ExpiresAt)
		defer cancel()
	}
	stop := h.stopWhenDraining(cancel)
	defer stop()
	run, err := h.prepare(ctx, v, r.URL.RawQuery)
	if run != nil {
		defer run.ended()
	}
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	leave, err := h.enter(v.Actor.ID)
	if err != nil {
		h.refuse(ctx, w, err)
		return
	}
	defer leave()
	if err := run.bound(ctx, h.Checkpoint); err != nil {
		h.refuse(ctx, w, err)
		return
	}
	w.Header().Set("Content-Type", run.contentType())
	w.Header().Set("Content-Disposition", `attachment; filename="`+run.filename()+`"`)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	if r.Method == http.MethodHead {
		run.whole = true
		return
	}
	h.stream(ctx, w, run, r.ProtoMajor > 1)
}

func (h *handler) stream(ctx context.Context, w http.ResponseWriter, run *request, http2 bool) {
	control := http.NewResponseController(w)
	// The server's own limits are for short requests: that of reading would end
	// the context, that of writing the answer.
	err := errors.Join(control.SetReadDeadline(time.Time{}), control.SetWriteDeadline(time.Time{}))
	log := h.Log.With().Str("requestId", auth.RequestID(ctx)).Str("format", run.format).Logger()
	log.Info().Int64("upTo", run.UpTo).Msg("export begins")
	if err == nil {
		out := &patient{w: w, control: control, timeout: h.WriteTimeout, http2: http2}
		if run.format == "csv" {
			run.sent, err = run.CSV(ctx, out)
		} else {
			run.sent, err = run.JSONLines(ctx, out, run.text, run.checkpoint)
		}
	}
	if err == nil {
		run.whole = true
		log.Info().Int64("events", run.sent).Msg("export done")
		return
	}
	level := zerolog.WarnLevel
	if errors.Is(err, audit.ErrExport) {
		level = zerolog.ErrorLevel
	}
	log.WithLevel(level).Int64("events", run.sent).Str("reason", reason(ctx, err)).Msg("export cut short")
	panic(http.ErrAbortHandler)
}

// reason is what of an error may be logged: others can hold what users wrote.
func reason(ctx context.Context, err error) string {
	switch {
	case errors.Is(err, audit.ErrExport), errors.Is(err, ErrRedactedLater):
		return err.Error()
	case ctx.Err() != nil:
		return ctx.Err().Error()
	}
	return fmt.Sprintf("%T", err)
}

// patient gives each piece of an answer its own time.
type patient struct {
	w       http.ResponseWriter
	control *http.ResponseController
	timeout time.Duration
	http2   bool
}

func (p *patient) Write(b []byte) (int, error) {
	written := 0
	for piece := range slices.Chunk(b, buffered) {
		if err := p.control.SetWriteDeadline(time.Now().Add(p.timeout)); err != nil {
			return written, err
		}
		n, err := p.w.Write(piece)
		if written += n; err == nil {
			err = p.control.Flush()
		}
		if err == nil && p.http2 {
			// At a deadline it resets a stream even if nothing is being written;
			// HTTP/1 needs it for the last chunk.
			err = p.control.SetWriteDeadline(time.Time{})
		}
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

func (h *handler) stopWhenDraining(cancel func()) (stop func()) {
	done := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-h.Drain:
			cancel()
		case <-done:
		}
	})
	return func() {
		close(done)
		waiting.Wait()
	}
}

// enter counts an export as running until leave is called.
func (h *handler) enter(actor string) (leave func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.running[actor] >= atOnceActor:
		return nil, &refusal{http.StatusTooManyRequests, "RATE_LIMITED", fmt.Sprintf("you have %d exports running, the most there may be", atOnceActor)}
	case h.total >= atOnce:
		return nil, &refusal{http.StatusServiceUnavailable, "RATE_LIMITED", fmt.Sprintf("%d exports are running, the most there may be", atOnce)}
	}
	h.running[actor]++
	h.total++
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.total--
		if h.running[actor]--; h.running[actor] == 0 {
			delete(h.running, actor)
		}
	}, nil
}

// refuse answers in the form of a GraphQL response, which every client reads.
func (h *handler) refuse(ctx context.Context, w http.ResponseWriter, err error) {
	answer, ok := errors.AsType[*refusal](err)
	extensions := map[string]any{}
	switch {
	case ok:
	case errors.Is(err, incident.ErrUnauthenticated):
		answer = &refusal{http.StatusUnauthorized, "UNAUTHENTICATED", err.Error()}
		w.Header().Set("WWW-Authenticate", "Bearer")
	case errors.Is(err, incident.ErrForbidden):
		answer = &refusal{http.StatusForbidden, "FORBIDDEN", err.Error()}
	case errors.Is(err, incident.ErrNotRecorded):
		h.Log.Error().Err(err).Str("requestId", auth.RequestID(ctx)).Msg("the access log cannot be written, so an export was refused")
		answer = &refusal{http.StatusServiceUnavailable, "UNAVAILABLE", incident.ErrNotRecorded.Error()}
	case errors.Is(err, ErrNoEvents):
		answer = &refusal{http.StatusNotFound, "NOT_FOUND", err.Error()}
	case errors.Is(err, ErrNoCheckpoint):
		answer = &refusal{http.StatusServiceUnavailable, "UNAVAILABLE", err.Error()}
	default:
		h.Log.Error().Str("requestId", auth.RequestID(ctx)).Str("reason", reason(ctx, err)).Msg("an export failed")
		answer = &refusal{http.StatusInternalServerError, "INTERNAL", "something went wrong; the server's log says more under this request id"}
		extensions["requestId"] = auth.RequestID(ctx)
	}
	extensions["code"] = answer.code
	if answer.status == http.StatusTooManyRequests || answer.status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(answer.status)
	_ = json.NewEncoder(w).Encode(map[string]any{"errors": []any{map[string]any{"message": answer.message, "extensions": extensions}}})
}

// parameters of the address, each at most once.
var parameters = []string{"format", "incidentId", "taskId", "subjectId", "actorId", "actorKind", "actions", "fields", "since", "until", "after"}

func parameter(values url.Values) (map[string]string, error) {
	given := map[string]string{}
	for name, list := range values {
		if !slices.Contains(parameters, name) {
			return nil, &refusal{http.StatusBadRequest, "BAD_USER_INPUT", fmt.Sprintf("%.50q is no parameter: there are %s", name, strings.Join(parameters, ", "))}
		}
		if len(list) > 1 {
			return nil, badInput(name, "may be given once; a list has commas between its values")
		}
		if list[0] == "" {
			return nil, badInput(name, "must not be empty; leave it out to choose all")
		}
		given[name] = list[0]
	}
	return given, nil
}
