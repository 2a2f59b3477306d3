package graph_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// frame is one event, or comment, as a browser would see it.
type frame struct {
	comment         bool
	event, id, data string
	hasID, hasData  bool
}

// eventReader reads an open response by the rules of HTML, and fails the test over
// whatever a parser might forgive.
type eventReader struct {
	t      *testing.T
	header http.Header
	proto  int
	in     *bufio.Reader
	close  context.CancelFunc
}

// open asks for a stream and checks its headers.
func (a ask) open(t *testing.T, e *edge) *eventReader {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, a.method, e.URL+"/"+a.query, strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if e.alice.token != "" {
		r.Header.Set("Authorization", "Bearer "+e.alice.token)
	}
	r.Header.Set("Accept", asStream)
	for n := 0; n < len(a.header); n += 2 {
		r.Header.Set(a.header[n], a.header[n+1])
	}
	response, err := e.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = response.Body.Close() })
	h := response.Header
	if response.StatusCode != 200 || h.Get("Content-Type") != "text/event-stream; charset=utf-8" {
		text, _ := io.ReadAll(response.Body)
		t.Fatalf("got %d, %s: %s", response.StatusCode, h.Get("Content-Type"), text)
	}
	return &eventReader{t, h, response.ProtoMajor, bufio.NewReader(response.Body), cancel}
}

// next returns the next event or comment, and false at the end of the stream.
func (r *eventReader) next() (f frame, more bool) {
	r.t.Helper()
	seen := map[string]bool{}
	for n := 0; ; n++ {
		line, err := r.in.ReadString('\n')
		if err != nil {
			if line != "" || n > 0 {
				r.t.Errorf("the stream ends within an event: %q", line)
			}
			return f, false
		}
		line = strings.TrimSuffix(line, "\n")
		if line == "" {
			if n == 0 {
				r.t.Error("an empty line ends nothing")
			}
			return f, true
		}
		if strings.ContainsAny(line, "\r\x00") || !utf8.ValidString(line) {
			r.t.Errorf("a line with a line break or NUL, or not in UTF-8: %q", line)
		}
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		if seen[name] {
			r.t.Errorf("the field %s comes twice", name)
		}
		seen[name] = true
		switch name {
		case "":
			f.comment = true
		case "event":
			f.event = value
		case "id":
			f.id, f.hasID = value, true
		case "data":
			f.data, f.hasData = value, true
		default:
			r.t.Errorf("an unknown field: %q", line)
		}
	}
}

// event returns the next event, past comments.
func (r *eventReader) event() frame {
	r.t.Helper()
	for {
		f, more := r.next()
		if !more {
			r.t.Fatal("the stream has ended")
		}
		if f.comment {
			continue
		}
		if f.event == "next" {
			wellFormed(r.t, 200, f.data)
		}
		return f
	}
}

// completes checks that complete is next, has an empty data line, and is the end.
func (r *eventReader) completes() {
	r.t.Helper()
	if f := r.event(); f.event != "complete" || f.data != "" || !f.hasData || f.hasID {
		r.t.Errorf("got %+v, want complete", f)
	}
	if f, more := r.next(); more {
		r.t.Errorf("after complete comes %+v", f)
	}
}

// streams checks a stream of one response: what it has and, behind "!", lacks.
func (a ask) streams(has ...string) check {
	return func(t *testing.T, e *edge) {
		t.Helper()
		r := a.open(t, e)
		f := r.event()
		if f.event != "next" || strings.Contains(f.data, secret) {
			t.Errorf("%.80s: got %+v", a.body, f)
		}
		for _, want := range has {
			if unwanted, ok := strings.CutPrefix(want, "!"); ok == strings.Contains(f.data, unwanted) {
				t.Errorf("%.80s: got %s, want %s", a.body, f.data, want)
			}
		}
		r.completes()
	}
}
