package graph_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// feed is a document of a subscription, whatever the transport.
const feed = `subscription($filter: AuditEventFilter, $after: String, $start: Boolean) {
	auditEvents(filter: $filter, after: $after, fromStart: $start) { position cursor action task { title } } }`

// patience bounds every subscription, so that one which gets nothing fails its
// test by name.
const patience = time.Minute

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
	return c.listen(r, lastEventID, each)
}

// overEventSource subscribes as the EventSource of a browser does, which can
// set no headers. The token is what a cookie or a proxy would add.
func (c client) overEventSource(ctx context.Context, document, lastEventID string, each func(event object) error) stream {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.url+"?query="+url.QueryEscape(document), nil)
	if err != nil {
		return stream{err: err}
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return c.listen(r, lastEventID, each)
}

// listen sends a request for a stream and reads it to its end.
func (c client) listen(r *http.Request, lastEventID string, each func(event object) error) stream {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	r = r.WithContext(ctx)
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
	if response.StatusCode != http.StatusOK {
		text, err := io.ReadAll(response.Body)
		_, code := answerOf(text)
		return stream{code: code, err: errors.Join(errors.New(response.Status), err)}
	}
	var out stream
	var id string
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if lines.Text() == "event: complete" {
			out.final = true
			return out
		}
		if text, ok := strings.CutPrefix(lines.Text(), "id: "); ok {
			id = text
		}
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok {
			continue
		}
		event, code := answerOf([]byte(data))
		if out.code = code; code != "" {
			continue
		}
		if cursor, ok := event["cursor"]; ok && cursor != id {
			out.err = fmt.Errorf("the id of event %v is %q", event, id)
			return out
		}
		if err := each(event); err != nil {
			out.err = err
			return out
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
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
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

// subscribe is one way to subscribe; see [client.overSSE].
type subscribe func(c client, ctx context.Context, document string, variables object, each func(event object) error) stream

// transports are both ways.
var transports = map[string]subscribe{
	"websocket": client.overWebSocket,
	"sse": func(c client, ctx context.Context, document string, variables object, each func(object) error) stream {
		return c.overSSE(ctx, document, variables, "", each)
	},
}

// eachTransport runs f for both.
func eachTransport(t *testing.T, f func(t *testing.T, over subscribe)) {
	for name, over := range transports {
		t.Run(name, func(t *testing.T) { f(t, over) })
	}
}

// take returns an each that collects n events and then stops.
func take(n int, into *[]object) func(object) error {
	return func(event object) error {
		*into = append(*into, event)
		if len(*into) >= n {
			return errStop
		}
		return nil
	}
}

func positions(events []object) []int {
	var list []int
	for _, e := range events {
		list = append(list, int(e["position"].(float64)))
	}
	return list
}

// nothing is an each for those who must not get an event.
func nothing(event object) error { return fmt.Errorf("got the event %v", event) }

// cursor returns the cursor of the newest event.
func (c client) cursor(t testing.TB) string {
	t.Helper()
	return mustID(t, c.must(t, `{ auditHead { cursor } }`, nil), "auditHead", "cursor")
}
