package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/rs/zerolog"

	"tasktrail/incident"
)

// Verify turns a bearer token into a viewer. [ErrInvalidToken] and
// [ErrExpiredToken] say that the token is to blame; any other error, that it
// could not be checked, and stays with the server.
type Verify func(ctx context.Context, token string) (incident.Viewer, error)

// Middleware puts the viewer of a request's bearer token into its context. A
// request without a token goes on without a viewer: what it may do is decided
// further in. A token that is not valid is answered with 401.
func Middleware(verify Verify) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			headers := r.Header.Values("Authorization")
			if len(headers) == 0 {
				next.ServeHTTP(w, r)
				return
			}
			ctx, err := r.Context(), ErrInvalidToken
			if token, ok := bearer(headers[0]); ok && len(headers) == 1 {
				ctx, err = verify.login(ctx, token)
			}
			switch {
			case err == nil:
				next.ServeHTTP(w, r.WithContext(ctx))
			case isTokensFault(err):
				reportRefusal(ctx, err)
				w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
				Refuse(w, r, http.StatusUnauthorized, "UNAUTHENTICATED", err.Error())
			default:
				zerolog.Ctx(ctx).Error().Err(err).Str("requestId", RequestID(ctx)).Msg("a token could not be checked")
				Refuse(w, r, http.StatusServiceUnavailable, "INTERNAL", "the bearer token cannot be checked at the moment")
			}
		})
	}
}

// login puts the viewer of a token into the context, with the token itself, so
// that a long connection can be checked again.
func (verify Verify) login(ctx context.Context, token string) (context.Context, error) {
	v, err := verify(ctx, token)
	if err != nil {
		return ctx, err
	}
	return context.WithValue(WithViewer(ctx, v), tokenKey, token), nil
}

// Recheck verifies the token that made the viewer of ctx once more: an error
// that wraps [ErrInvalidToken] or [ErrExpiredToken] says that it is not valid any
// longer.
func (verify Verify) Recheck(ctx context.Context) error {
	token, _ := ctx.Value(tokenKey).(string)
	_, err := verify(ctx, token)
	return err
}

// isTokensFault tells a bad token from a check that failed.
func isTokensFault(err error) bool {
	return errors.Is(err, ErrInvalidToken) || errors.Is(err, ErrExpiredToken)
}

// bearer takes the token out of "Bearer TOKEN".
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// Refuse answers in the form of a GraphQL response, which every client reads,
// with the request's id beside the code. The message must be fit for clients.
func Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	extensions := map[string]any{"code": code}
	if id := RequestID(r.Context()); id != "" {
		extensions["requestId"] = id
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	body := json.NewEncoder(w)
	body.SetEscapeHTML(false) // it is no HTML, and people read it
	_ = body.Encode(map[string]any{"errors": []any{map[string]any{
		"message": message, "extensions": extensions,
	}}})
}

// FromInit puts the viewer of a socket into its context: by the payload of
// connection_init, { "authorization": "Bearer …" }, else by the token that the
// upgrade request carried.
func FromInit(verify Verify) func(context.Context, map[string]any) (context.Context, error) {
	return func(ctx context.Context, payload map[string]any) (context.Context, error) {
		in, err := verify.fromInit(ctx, payload)
		if err != nil {
			reportRefusal(ctx, err)
		}
		return in, err
	}
}

func (verify Verify) fromInit(ctx context.Context, payload map[string]any) (context.Context, error) {
	for key, value := range payload {
		if !strings.EqualFold(key, "authorization") {
			continue
		}
		header, _ := value.(string)
		token, ok := bearer(header)
		if !ok {
			return ctx, ErrInvalidToken
		}
		return verify.login(ctx, token)
	}
	if ViewerFrom(ctx).Actor.ID == "" {
		return ctx, ErrMissingToken
	}
	return ctx, nil
}
