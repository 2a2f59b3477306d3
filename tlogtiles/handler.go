package tlogtiles

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"tasktrail/audit"
	"tasktrail/auth"
	"tasktrail/incident"
)

// What the handler answers lies below these paths.
const (
	CheckpointPath = "/trail/checkpoint"
	TilePath       = "/trail/tile/"
)

// What is immutable may be kept for a year, which RFC 9111 takes for ever; by
// the client only, since others must not see it.
const forEver = "private, max-age=31536000, immutable"

var (
	errNoCheckpoint = &refusal{http.StatusNotFound, "NOT_FOUND", "there is no checkpoint yet"}
	errPath         = &refusal{http.StatusNotFound, "NOT_FOUND", "not a path of C2SP tlog-tiles: tile/<L>/<N> or tile/entries/<N>, with .p/<W> where partial; L from 0 to 63, N as x001/x234/067, W from 1 to 255"}
	errOutside      = &refusal{http.StatusNotFound, "NOT_FOUND", "the newest checkpoint does not cover all of this"}
	errMethod       = &refusal{http.StatusMethodNotAllowed, "BAD_USER_INPUT", "files of the trail are read with GET or HEAD"}
)

// refusal is an answer without a file.
type refusal struct {
	status        int
	code, message string
}

func (r *refusal) Error() string { return r.message }

// New returns the handler of [CheckpointPath] and of everything below
// [TilePath]. Who asks, it takes from the context, where [auth.Middleware] has
// put it; it serves those whom [incident.Service.Tree] lets in.
func New(service *incident.Service) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, header, err := serve(r, service)
		if err != nil {
			refuse(w, r, err)
			return
		}
		w.Header().Set("Content-Type", header.kind)
		w.Header().Set("Cache-Control", header.cache)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		// net/http leaves the body out of an answer to HEAD.
		_, _ = w.Write(body) //nolint:gosec // no browser takes these types for HTML
	})
}

type header struct{ kind, cache string }

func serve(r *http.Request, service *incident.Service) ([]byte, header, error) {
	ctx := r.Context()
	v := auth.ViewerFrom(ctx)
	path := r.URL.EscapedPath() // so that %30 is not another spelling of 0
	f, wrong := parseRequest(r.Method, path)
	if wrong != nil && v.CheckAudit() == nil {
		return nil, header{}, wrong
	}
	read := incident.TreeRead{Subject: "checkpoint"}
	if path != CheckpointPath {
		read = f.read()
	}
	tree, err := service.Tree(ctx, v, read)
	if err != nil {
		return nil, header{}, err
	}
	newest, ok, err := tree.Checkpoint(ctx, 0)
	switch {
	case err != nil:
		return nil, header{}, err
	case !ok:
		return nil, header{}, errNoCheckpoint
	}
	if err := newest.Check(); err != nil {
		return nil, header{}, err
	}
	if path == CheckpointPath {
		return []byte(newest.Note), header{"text/plain; charset=utf-8", "no-store"}, nil
	}
	if !f.within(newest.Size) {
		return nil, header{}, errOutside
	}
	body, err := f.bytes(ctx, tree)
	return body, header{"application/octet-stream", forEver}, err
}

// parseRequest returns the file that is asked for, unless it is the checkpoint.
func parseRequest(method, path string) (file, error) {
	if method != http.MethodGet && method != http.MethodHead {
		return file{}, errMethod
	}
	if path == CheckpointPath {
		return file{}, nil
	}
	below, _ := strings.CutPrefix(path, TilePath)
	f, ok := parseFile(below)
	if !ok {
		return file{}, errPath
	}
	return f, nil
}

// read says what of the trail the file is about. Tiles above level 0 are about
// all events below them, which need not be there yet.
func (f file) read() incident.TreeRead {
	r := incident.TreeRead{Subject: "tile"}
	if f.entries {
		r.Subject = "entries"
	}
	if f.level == 0 && f.number < math.MaxInt64/audit.TileWidth-1 {
		r.First = f.number*audit.TileWidth + 1
		r.Last = f.number*audit.TileWidth + int64(f.width)
	}
	return r
}

// bytes returns what is in the file: at most 256 hashes, or as many entries.
func (f file) bytes(ctx context.Context, tree audit.TreeStore) ([]byte, error) {
	var body []byte
	if !f.entries {
		hashes, err := audit.ReadTile(ctx, tree, f.level, f.number, f.width)
		for _, h := range hashes {
			body = append(body, h[:]...)
		}
		return body, err
	}
	entries, err := audit.ReadEntries(ctx, tree, f.number*audit.TileWidth, f.width)
	for n, entry := range entries {
		if len(entry) > math.MaxUint16 {
			return nil, fmt.Errorf("tlogtiles: the header of event %d has %d bytes, more than the format can hold", f.number*audit.TileWidth+int64(n)+1, len(entry))
		}
		body = binary.BigEndian.AppendUint16(body, uint16(len(entry))) //nolint:gosec // checked above
		body = append(body, entry...)
	}
	return body, err
}

// refuse answers an error. What clients can do nothing about is logged, and
// said without a word of its text.
func refuse(w http.ResponseWriter, r *http.Request, err error) {
	ctx := r.Context()
	var known *refusal
	var fault *audit.Fault
	switch {
	case errors.Is(err, incident.ErrUnauthenticated):
		w.Header().Set("WWW-Authenticate", "Bearer")
		known = &refusal{http.StatusUnauthorized, "UNAUTHENTICATED", incident.ErrUnauthenticated.Error()}
	case errors.Is(err, incident.ErrForbidden):
		known = &refusal{http.StatusForbidden, "FORBIDDEN", incident.ErrForbidden.Error()}
	case errors.As(err, &fault):
		zerolog.Ctx(ctx).Error().Int64("position", fault.Position).Str("what", fault.Field).Str("expected", fault.Expected).
			Str("found", fault.Found).Str("requestId", auth.RequestID(ctx)).Msg(audit.ErrInconsistent.Error())
		known = &refusal{http.StatusInternalServerError, "TRAIL_INCONSISTENT", audit.ErrInconsistent.Error()}
	case errors.Is(err, incident.ErrNotRecorded):
		zerolog.Ctx(ctx).Error().Err(err).Str("requestId", auth.RequestID(ctx)).
			Msg("the access log cannot be written, so what must be recorded was refused")
		known = &refusal{http.StatusServiceUnavailable, "UNAVAILABLE", incident.ErrNotRecorded.Error()}
	case !errors.As(err, &known):
		level := zerolog.ErrorLevel
		if errors.Is(err, context.Canceled) {
			level = zerolog.DebugLevel // the client has left
		}
		zerolog.Ctx(ctx).WithLevel(level).Err(err).Str("requestId", auth.RequestID(ctx)).Msg("a file of the trail could not be read")
		known = &refusal{http.StatusInternalServerError, "INTERNAL", "internal error"}
	}
	if known == errMethod {
		w.Header().Set("Allow", "GET, HEAD")
	}
	auth.Refuse(w, r, known.status, known.code, known.message)
}
