package incident

import (
	"encoding/base64"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestPageArgs(t *testing.T) {
	number := func(n int) *int { return &n }
	text := func(s string) *string { return &s }
	for _, test := range []struct {
		name    string
		args    PageArgs
		want    PageQuery
		refused string // at this argument
	}{
		{"nothing", PageArgs{}, PageQuery{Limit: 50}, ""},
		{"first 1", PageArgs{First: number(1)}, PageQuery{Limit: 1}, ""},
		{"first 200", PageArgs{First: number(200), After: text("a")}, PageQuery{Limit: 200, After: "a"}, ""},
		{"last 200", PageArgs{Last: number(200), Before: text("b")}, PageQuery{Limit: 200, Backward: true, Before: "b"}, ""},
		{"last 1 between", PageArgs{Last: number(1), After: text("a"), Before: text("b")}, PageQuery{Limit: 1, Backward: true, After: "a", Before: "b"}, ""},
		{"before alone", PageArgs{Before: text("b")}, PageQuery{Limit: 50, Before: "b"}, ""},
		{"first 0", PageArgs{First: number(0)}, PageQuery{}, "first"},
		{"first -1", PageArgs{First: number(-1)}, PageQuery{}, "first"},
		{"first 201", PageArgs{First: number(201)}, PageQuery{}, "first"},
		{"last 0", PageArgs{Last: number(0)}, PageQuery{}, "last"},
		{"last 201", PageArgs{Last: number(201)}, PageQuery{}, "last"},
		{"both", PageArgs{First: number(1), Last: number(1)}, PageQuery{}, "last"},
	} {
		got, err := test.args.Query()
		var refusal *InputError
		switch {
		case test.refused == "" && (err != nil || got != test.want):
			t.Errorf("%s: got %+v, %v, want %+v", test.name, got, err, test.want)
		case test.refused != "" && (!errors.As(err, &refusal) || !slices.Equal(refusal.Path, []string{test.refused})):
			t.Errorf("%s: got %v, want a refusal at %s", test.name, err, test.refused)
		}
	}
}

// A cursor holds its key whatever the text, and fits no other order.
func TestKeysComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// What is not UTF-8 is refused before it gets into a list.
		want := Key{Order: rapid.String().Draw(t, "order"), Value: rapid.String().Draw(t, "value"), ID: rapid.String().Draw(t, "id")}
		if got, err := ParseKey(want.Cursor(), want.Order, "after"); err != nil || got != want {
			t.Fatalf("got %q, %v, want %q", got, err, want)
		}
		if got, err := ParseKey(want.Cursor(), want.Order+"x", "after"); err == nil {
			t.Fatalf("as a cursor of another order: got %q", got)
		}
	})
}

// Only the one text that a key is written as is its cursor.
func TestForeignCursors(t *testing.T) {
	encoded := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, cursor := range map[string]string{
		"empty":          "",
		"no base 64":     "!",
		"padded":         base64.URLEncoding.EncodeToString([]byte(`["o","v","id "]`)) + "=",
		"no JSON":        encoded("o"),
		"null":           encoded("null"),
		"an object":      encoded(`{}`),
		"two parts":      encoded(`["o","v"]`),
		"four parts":     encoded(`["o","v","i","x"]`),
		"numbers":        encoded(`["o",1,"i"]`),
		"spaces":         encoded(`["o", "v","i"]`),
		"something more": encoded(`["o","v","i"]x`),
		"escapes":        encoded(`["\u006f","v","i"]`),
		"another order":  Key{Order: "p", Value: "v", ID: "i"}.Cursor(),
	} {
		var refusal *InputError
		if got, err := ParseKey(cursor, "o", "before"); !errors.As(err, &refusal) || !slices.Equal(refusal.Path, []string{"before"}) {
			t.Errorf("%s: got %q, %v, want a refusal at before", name, got, err)
		}
	}
	if _, err := ParseKey(Key{Order: "o", Value: "v", ID: "i"}.Cursor(), "o", "before"); err != nil {
		t.Error(err)
	}
}
