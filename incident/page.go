package incident

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
)

// Limits of one page of a list.
const (
	DefaultPage = 50
	MaxPage     = 200
)

// PageArgs are the four paging arguments as a client gave them.
type PageArgs struct {
	First  *int
	After  *string
	Last   *int
	Before *string
}

// PageQuery is a checked request for one page. Cursors stay opaque until the
// list they belong to reads them.
type PageQuery struct {
	Limit    int
	Backward bool // the last Limit of what lies between After and Before
	After    string
	Before   string
}

// Query checks a and fills in the default.
func (a PageArgs) Query() (PageQuery, error) {
	q := PageQuery{Limit: DefaultPage}
	if a.First != nil && a.Last != nil {
		return q, &InputError{Path: []string{"last"}, Message: "give first or last, not both"}
	}
	for name, n := range map[string]*int{"first": a.First, "last": a.Last} {
		if n == nil {
			continue
		}
		if *n < 1 || *n > MaxPage {
			return q, &InputError{Path: []string{name}, Message: fmt.Sprintf("must be from 1 to %d", MaxPage)}
		}
		q.Limit = *n
	}
	q.Backward = a.Last != nil
	if a.After != nil {
		q.After = *a.After
	}
	if a.Before != nil {
		q.Before = *a.Before
	}
	return q, nil
}

// Page is one page of a list, in the order of the list.
type Page[T any] struct {
	Items       []T
	Cursors     []string // one for each item
	HasNext     bool
	HasPrevious bool
}

// Key is what a cursor of a sorted list holds: the name of the sort order, the
// value sorted by and the id that breaks ties.
type Key struct {
	Order string
	Value string
	ID    string
}

// Cursor returns k as opaque text.
func (k Key) Cursor() string {
	b, _ := json.Marshal([3]string{k.Order, k.Value, k.ID}) // cannot fail
	return base64.RawURLEncoding.EncodeToString(b)
}

// ParseKey reads a cursor of the list sorted by order. argument names where
// the cursor was given.
func ParseKey(cursor, order, argument string) (Key, error) {
	var parts [3]string
	b, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err == nil {
		err = json.Unmarshal(b, &parts)
	}
	k := Key{Order: parts[0], Value: parts[1], ID: parts[2]}
	if err != nil || k.Order != order || k.Cursor() != cursor {
		return Key{}, NotACursor(argument)
	}
	return k, nil
}

// NotACursor refuses a cursor that this list in this order has not given out.
func NotACursor(argument string) error {
	return &InputError{Path: []string{argument}, Message: "is not a cursor of this list in this order"}
}
