package transport

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
)

// SSE answers with a stream of server-sent events: one "next" for each response
// and a final "complete". A stream without "complete" was cut, and a client
// should connect again. Who likes text/event-stream best gets one for any
// operation; who accepts it besides JSON, for subscriptions only. The zero value
// is ready to use.
type SSE struct {
	Edge

	// MaxBody limits the request body (POST) and query string (GET), in bytes.
	// The default is DefaultMaxBody; a query string has 16 KiB at most.
	MaxBody int64

	// KeepAlive is the time between comment lines on a silent stream, which
	// keep proxies from closing it. The default is 15 seconds.
	KeepAlive time.Duration

	// WriteTimeout is how long one event may take to be written before the
	// client counts as lost. The default is 10 seconds.
	WriteTimeout time.Duration

	// ExpiresAt tells when the caller's token expires, if it does. The stream
	// then ends with an UNAUTHENTICATED error.
	ExpiresAt func(ctx context.Context) (time.Time, bool)

	// Recheck is called with the request's context at each RecheckInterval. An
	// error ends the stream with an UNAUTHENTICATED error of its text. It has 10
	// seconds.
	Recheck func(ctx context.Context) error

	// RecheckInterval is the time between calls of Recheck. The default is a
	// minute.
	RecheckInterval time.Duration

	// Drain, when closed, ends every stream without "complete", so that
	// clients connect again, to another server.
	Drain <-chan struct{}
}

var _ graphql.Transport = SSE{}

// Supports reports whether text/event-stream is accepted by name.
func (t SSE) Supports(r *http.Request) bool {
	accepted, _ := eventStreamIn(r.Header)
	return accepted && !isWebSocketUpgrade(r.Header)
}

// Do streams one operation. It returns when the stream has ended and all its
// goroutines have stopped.
func (t SSE) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	_, streams := eventStreamIn(r.Header)
	mediaType, ok := negotiate(r.Header)
	if streams || !ok {
		streams, mediaType = true, mediaJSON
	}
	if err := t.Limits.Begin(r.Context()); err != nil {
		writeRequestError(w, mediaType, err)
		return
	}
	// The place is taken before the body, which may come slowly.
	take := t.Limits.Run
	if streams {
		take = t.open
	}
	leave, err := take(r.Context())
	if err != nil {
		writeRequestError(w, mediaType, err)
		return
	}
	defer func() { leave() }()
	params, err := readRequest(w, r, t.MaxBody, t.Origins)
	if err != nil {
		writeRequestError(w, mediaType, err)
		return
	}
	ctx, cancel := context.WithCancel(withLastEventID(r.Context(), r.Header.Get("Last-Event-ID")))
	defer cancel()
	op := newOperation(ctx, exec, params)
	op.edge = t.Edge
	switch {
	case !streams && !op.is(ast.Subscription):
		answer(w, r, mediaType, op)
		return
	case !streams: // the other sort of place is needed
		leave()
		leave = func() {}
		opened, err := t.open(r.Context())
		if err != nil {
			writeRequestError(w, mediaType, err)
			return
		}
		leave = opened
	case !op.is(ast.Subscription):
		done, err := t.Limits.Run(r.Context())
		if err != nil {
			writeRequestError(w, mediaType, err)
			return
		}
		defer done()
	}
	if r.Method == http.MethodGet && op.is(ast.Mutation) {
		writeRequestError(w, mediaType, errMutationByGet)
		return
	}
	stream, err := openEventStream(w, r, orDefault(t.WriteTimeout, 10*time.Second))
	if err != nil {
		writeRequestError(w, mediaType, err)
		return
	}

	begun := make(chan struct{})
	op.begun = func() { close(begun) }
	responses := make(chan *graphql.Response)
	go func() {
		defer close(responses)
		op.run(func(resp *graphql.Response) bool {
			select {
			case responses <- resp:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	refused := make(chan error, 1)
	var checking sync.WaitGroup
	checking.Go(func() { refused <- recheck(ctx, t.RecheckInterval, t.Recheck) })
	// The goroutines use the request's context, so they must not outlive Do.
	defer func() {
		cancel()
		for range responses {
		}
		checking.Wait()
	}()
	t.forward(ctx, stream, begun, responses, refused)
}

// open takes a place for a stream, of the server's and of the client's, and
// returns what gives it back.
func (t SSE) open(ctx context.Context) (func(), error) {
	left, err := t.Limits.Server()
	if err != nil {
		return nil, err
	}
	closed, err := t.Limits.Stream(ctx)
	if err != nil {
		left()
		return nil, err
	}
	return func() { closed(); left() }, nil
}

// forward is the only writer of the stream. It opens the stream when the
// operation has begun, so that a client which sees it open misses nothing that
// happens from then on. It ends with the last response, the context, the token,
// or the first write that fails.
func (t SSE) forward(
	ctx context.Context, stream *eventStream, begun <-chan struct{}, responses <-chan *graphql.Response, refused <-chan error,
) {
	interval := orDefault(t.KeepAlive, 15*time.Second)
	keepAlive := time.NewTicker(interval)
	defer keepAlive.Stop()
	expired, stop := expiry(ctx, t.ExpiresAt)
	defer stop()

	var opened <-chan *graphql.Response // responses, once the stream is open
	var err error
	for err == nil {
		select {
		case <-begun:
			begun, opened = nil, responses
			err = stream.comment() // sends the headers
		case resp, ok := <-opened:
			if !ok {
				// The operation also ends when the context does, and then
				// "complete" would be untrue.
				if ctx.Err() == nil {
					_ = stream.complete()
				}
				return
			}
			err = stream.next(resp)
			keepAlive.Reset(interval)
		case <-keepAlive.C:
			err = stream.comment()
		case <-expired:
			stream.refuse("Token expired")
			return
		case why := <-refused:
			if why == nil { // there is nothing to check, or no longer
				refused = nil
				continue
			}
			stream.refuse(why.Error())
			return
		case <-t.Drain:
			return
		case <-ctx.Done():
			return
		}
	}
}

// expiry returns a channel that receives when the token expires; without an
// expiry it never does.
func expiry(ctx context.Context, expiresAt func(context.Context) (time.Time, bool)) (<-chan time.Time, func()) {
	if expiresAt != nil {
		if at, ok := expiresAt(ctx); ok {
			timer := time.NewTimer(time.Until(at))
			return timer.C, func() { timer.Stop() }
		}
	}
	return nil, func() {}
}

// orDefault returns d, or the default if d is not set.
func orDefault(d, byDefault time.Duration) time.Duration {
	if d <= 0 {
		return byDefault
	}
	return d
}
