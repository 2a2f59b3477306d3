package transport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"tasktrail/throttle"
)

// wsOperation is an operation that a client has started and neither side has
// ended yet.
type wsOperation struct {
	id     string
	cancel context.CancelFunc
}

// subscribe handles a subscribe message: it starts an operation of any kind.
func (s *socket) subscribe(m message) bool {
	if s.opsCtx == nil {
		s.close(closeUnauthorized, "Unauthorized")
		return false
	}
	params, err := parseParams(m.Payload, "payload")
	if err != nil {
		s.close(closeInvalidMessage, "Invalid message: "+err.Error())
		return false
	}
	params.Headers = s.header
	now := graphql.Now()
	params.ReadTime = graphql.TraceTiming{Start: now, End: now}

	ctx, cancel := context.WithCancel(s.opsCtx)
	op := &wsOperation{id: m.ID, cancel: cancel}
	switch err := s.register(op); {
	case errors.Is(err, errDuplicateID):
		cancel()
		s.close(closeDuplicateID, fmt.Sprintf("Subscriber for %s already exists", truncate(m.ID, 90)))
		return false
	case errors.Is(err, errTooMany):
		cancel()
		return s.send(errorMessage(m.ID, gqlerror.List{refusalError(s.opts.Limits.Refuse(&throttle.Refusal{
			Limit: throttle.OnSocket, Message: fmt.Sprintf("this connection already has %d operations, which is the limit", s.opts.MaxOperations),
		}))}))
	}
	if r, ok := refusalOf(s.opts.Limits.Begin(ctx)); ok {
		s.release(op)
		return s.send(errorMessage(m.ID, gqlerror.List{refusalError(r)}))
	}
	// A hook might return a context that is not derived from the socket's.
	stop := context.AfterFunc(s.ctx, cancel)
	s.work.Go(func() {
		defer stop()
		defer s.release(op)
		s.run(ctx, op, params)
	})
	return true
}

// run executes an operation and sends its responses.
func (s *socket) run(ctx context.Context, op *wsOperation, params *graphql.RawParams) {
	if err := nameDocument(params); err != nil {
		s.sendLast(op, errorMessage(op.id, gqlerror.List{errorWithCode(codeBadUserInput, err.Error())}))
		return
	}
	refused := false
	operation := newOperation(ctx, s.exec, params)
	operation.edge = s.opts.Edge
	if !operation.is(ast.Subscription) {
		done, err := s.opts.Limits.Run(ctx)
		if r, ok := refusalOf(err); ok {
			s.sendLast(op, errorMessage(op.id, gqlerror.List{refusalError(r)}))
			return
		}
		defer done()
	}
	operation.run(func(resp *graphql.Response) bool {
		if refused = isRequestError(resp); refused {
			// An error message is the last for its id: no complete follows.
			s.sendLast(op, errorMessage(op.id, resp.Errors))
			return false
		}
		body, _ := encodeResponse(resp)
		return s.sendNext(op, message{ID: op.id, Type: typeNext, Payload: body})
	})
	if !refused && ctx.Err() == nil {
		s.sendLast(op, message{ID: op.id, Type: typeComplete})
	}
}

// sendNext writes a message of an operation, unless the client has ended it.
// The id could belong to a new operation by then, so this is checked under
// the lock of the write.
func (s *socket) sendNext(op *wsOperation, m message) bool {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	s.mu.Lock()
	current := s.active[op.id] == op
	s.mu.Unlock()
	return current && s.write(m)
}

// sendLast writes the last message of an operation. The id becomes free
// before, as the client may use it again at once.
func (s *socket) sendLast(op *wsOperation, m message) {
	s.writeMu.Lock()
	defer s.writeMu.Unlock()
	if s.forget(op) {
		s.write(m)
	}
}

type registerError string

func (e registerError) Error() string { return string(e) }

const (
	errDuplicateID registerError = "duplicate id"
	errTooMany     registerError = "too many operations"
)

// register enters an operation. Cancelled operations do not count against the
// client, but their goroutines may take a moment to stop and are bounded too.
func (s *socket) register(op *wsOperation) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[op.id] != nil {
		return errDuplicateID
	}
	if len(s.active) >= s.opts.MaxOperations || s.running >= 2*s.opts.MaxOperations {
		return errTooMany
	}
	s.active[op.id] = op
	s.running++
	return nil
}

// forget makes the id of an operation free, and reports whether it still had it.
func (s *socket) forget(op *wsOperation) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.active[op.id] != op {
		return false
	}
	delete(s.active, op.id)
	return true
}

// release is called when the goroutine of an operation ends.
func (s *socket) release(op *wsOperation) {
	op.cancel()
	s.forget(op)
	s.mu.Lock()
	s.running--
	s.mu.Unlock()
}

// unsubscribe handles a complete message. An unknown id is no error: the
// operation's own end may have crossed the message.
func (s *socket) unsubscribe(id string) {
	s.mu.Lock()
	op := s.active[id]
	delete(s.active, id)
	s.mu.Unlock()
	if op != nil {
		op.cancel()
	}
}

// errorMessage is the message that refuses an operation.
func errorMessage(id string, errs gqlerror.List) message {
	payload, err := json.Marshal(capErrors(errs))
	if err != nil {
		payload, _ = json.Marshal(internalResponse().Errors)
	}
	return message{ID: id, Type: typeError, Payload: payload}
}
