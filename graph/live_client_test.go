package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// feed is a document of a subscription, whatever the transport.
const feed = `subscription($filter: AuditEventFilter, $after: String, $start: Boolean) {
	auditEvents(filter: $filter, after: $after, fromStart: $start) { position cursor action task { title } } }`

// errStop ends a subscription from the side of the client.
var errStop = errors.New("the client stops")

// stream is what a subscription ended with.
type stream struct {
	err   error // of the connection: a close code, an end without complete
	code  string
	final bool // the server said that there is no more
}

// overSSE subscribes through server-sent events. each gets what every event
// holds, and may end the subscription by returning an error.
func (c client) overSSE(ctx context.Context, document string, variables object, lastEventID string, each func(event object) error) stream {
	body, _ := json.Marshal(object{"query": document, "variables": variables})
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, strings.NewReader(string(body)))
	if err != nil {
		return stream{err: err}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "text/event-stream")
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if lastEventID != "" {
		r.Header.Set("Last-Event-ID", lastEventID)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		return stream{err: err}
	}
	defer func() { _ = response.Body.Close() }()
	var out stream
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "event: complete" {
			out.final = true
			return out
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		event, code := answerOf([]byte(data))
		if out.code = code; code == "" {
			if err := each(event); err != nil {
				out.err = err
				return out
			}
		}
	}
	out.err = errors.Join(errors.New("the stream ended without complete"), lines.Err())
	return out
}

// answerOf takes the event, or the code of the first error, out of an answer.
func answerOf(text []byte) (event object, code string) {
	var answer struct {
		Data   object
		Errors []gqlError
	}
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err.Error()
	}
	if len(answer.Errors) > 0 {
		return nil, answer.Errors[0].Extensions.Code
	}
	event, _ = at(answer.Data, "auditEvents").(object)
	return event, ""
}

// socket opens a WebSocket and lets the server accept its token.
func (c client) socket(ctx context.Context) (*websocket.Conn, error) {
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(c.url, "http"), &websocket.DialOptions{Subprotocols: []string{"graphql-transport-ws"}})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	say := object{"type": "connection_init"}
	if c.token != "" {
		say["payload"] = object{"authorization": "Bearer " + c.token}
	}
	if err := write(ctx, conn, say); err != nil {
		return nil, err
	}
	if _, _, err := conn.Read(ctx); err != nil { // connection_ack
		_ = conn.CloseNow()
		return nil, err
	}
	return conn, nil
}

func write(ctx context.Context, conn *websocket.Conn, message object) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return conn.Write(ctx, websocket.MessageText, text)
}

// overWebSocket is overSSE for graphql-transport-ws.
func (c client) overWebSocket(ctx context.Context, document string, variables object, each func(event object) error) stream {
	conn, err := c.socket(ctx)
	if err != nil {
		return stream{err: err}
	}
	defer func() { _ = conn.CloseNow() }()
	if err := write(ctx, conn, object{"type": "subscribe", "id": "1", "payload": object{"query": document, "variables": variables}}); err != nil {
		return stream{err: err}
	}
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			return stream{err: err}
		}
		var message struct {
			Type    string
			Payload json.RawMessage
		}
		if err := json.Unmarshal(text, &message); err != nil {
			return stream{err: err}
		}
		switch message.Type {
		case "complete":
			return stream{final: true}
		case "error":
			var errs []gqlError
			if err := json.Unmarshal(message.Payload, &errs); err != nil || len(errs) == 0 {
				return stream{err: errors.Join(errors.New("an error without errors"), err)}
			}
			return stream{code: errs[0].Extensions.Code, final: true}
		case "next":
			event, code := answerOf(message.Payload)
			if code != "" {
				return stream{code: code}
			}
			if err := each(event); err != nil {
				return stream{err: err}
			}
		}
	}
}

// transports are both ways to subscribe.
var transports = map[string]func(client, context.Context, string, object, func(object) error) stream{
	"websocket": client.overWebSocket,
	"sse": func(c client, ctx context.Context, document string, variables object, each func(object) error) stream {
		return c.overSSE(ctx, document, variables, "", each)
	},
}

// eachTransport runs f for both.
func eachTransport(t *testing.T, f func(t *testing.T, subscribe func(client, context.Context, string, object, func(object) error) stream)) {
	for name, subscribe := range transports {
		t.Run(name, func(t *testing.T) { f(t, subscribe) })
	}
}
