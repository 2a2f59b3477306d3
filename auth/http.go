package auth

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"tasktrail/incident"
	"tasktrail/throttle"
)

// Verify turns a bearer token into a viewer. [ErrInvalidToken] and
// [ErrExpiredToken] say that the token is to blame; any other error, that it
// could not be checked, and stays with the server.
type Verify func(ctx context.Context, token string) (incident.Viewer, error)

// Middleware puts the viewer of a request's bearer token into its context. A
// request without a token goes on without a viewer: what it may do is decided
// further in. A token that is not valid is answered with 401, with 429 after too many
// of them, see [Limited].
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
			refusal, limited := errors.AsType[*throttle.Refusal](err)
			switch {
			case err == nil:
				next.ServeHTTP(w, r.WithContext(ctx))
			case limited:
				reportRefusal(ctx, err)
				w.Header().Set("Retry-After", strconv.Itoa(refusal.Seconds()))
				refuse(w, r, http.StatusTooManyRequests, refusal.Message, map[string]any{
					"code": "RATE_LIMITED", "limit": refusal.Limit, "retryAfter": refusal.Seconds(),
				})
			case IsTokensFault(err):
				reportRefusal(ctx, err)
				w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
				Refuse(w, r, http.StatusUnauthorized, "UNAUTHENTICATED", err.Error())
			default:
				zerolog.Ctx(ctx).Error().Err(err).Str("requestId", RequestID(ctx)).Msg("a token could not be checked")
				w.Header().Set("Retry-After", retryAfter)
				Refuse(w, r, http.StatusServiceUnavailable, "UNAVAILABLE", "the bearer token cannot be checked at the moment")
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

// Recheck verifies the token that made the viewer of ctx once more. An error says
// why a long connection must not go on: the token is not valid any longer, or
// has been uncheckable for too long ([ErrUncheckable]); its text is fit for
// clients. A check that failed for another reason is logged, and answers nil.
func (verify Verify) Recheck(ctx context.Context) error {
	token, _ := ctx.Value(tokenKey).(string)
	_, err := verify(ctx, token)
	for _, ends := range []error{ErrInvalidToken, ErrExpiredToken, ErrUncheckable} {
		if errors.Is(err, ends) {
			return ends
		}
	}
	if err != nil && ctx.Err() == nil {
		zerolog.Ctx(ctx).Warn().Err(err).Str("requestId", RequestID(ctx)).Msg("the token of an open connection could not be checked again, so it stays open")
	}
	return nil
}

// IsTokensFault tells a bad or missing token from a check that failed.
func IsTokensFault(err error) bool {
	return errors.Is(err, ErrInvalidToken) || errors.Is(err, ErrExpiredToken) || errors.Is(err, ErrMissingToken)
}

// retryAfter is when to ask again after a check that failed, in seconds.
const retryAfter = "30"

// bearer takes the token out of "Bearer TOKEN".
func bearer(header string) (string, bool) {
	scheme, token, ok := strings.Cut(header, " ")
	return strings.TrimSpace(token), ok && strings.EqualFold(scheme, "Bearer")
}

// Refuse answers in the form of a GraphQL response, which every client reads,
// with the request's id beside the code. The message must be fit for clients.
func Refuse(w http.ResponseWriter, r *http.Request, status int, code, message string) {
	refuse(w, r, status, message, map[string]any{"code": code})
}

func refuse(w http.ResponseWriter, r *http.Request, status int, message string, extensions map[string]any) {
	if id := RequestID(r.Context()); id != "" {
		extensions["requestId"] = id
	}
	mediaType := "application/json"
	// A client that knows the newer type takes only that for a GraphQL response
	// when the status is not 200: else a proxy could have answered.
	if newer := "application/graphql-response+json"; strings.Contains(strings.Join(r.Header.Values("Accept"), ","), newer) {
		mediaType = newer
	}
	w.Header().Set("Content-Type", mediaType+"; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
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
	var headers []any
	for key, value := range payload {
		if strings.EqualFold(key, "authorization") {
			headers = append(headers, value)
		}
	}
	if len(headers) > 0 {
		header, _ := headers[0].(string)
		token, ok := bearer(header)
		if !ok || len(headers) > 1 { // which of two is meant nobody knows
			return ctx, ErrInvalidToken
		}
		return verify.login(ctx, token)
	}
	if ViewerFrom(ctx).Actor.ID == "" {
		return ctx, ErrMissingToken
	}
	return ctx, nil
}
