package db

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// perStatement is how many parents share one statement: SQLite takes at most
// 500 parts in a UNION.
const perStatement = 200

// keyset is a total order of a list, and how to say it in SQL. The tie column
// is unique and sorted in the same direction as the expression.
type keyset struct {
	name string // part of the cursors, so that they fit no other list
	expr string // never null
	tie  string
	desc bool
	// text says that expr is text; otherwise it is an integer.
	text bool
}

// apply restricts and sorts q to the page p. One more row than asked for is
// read, which tells whether there are more.
func (k keyset) apply(q *bun.SelectQuery, p incident.PageQuery) (*bun.SelectQuery, error) {
	for _, bound := range []struct {
		cursor, argument string
		down             bool // rows with smaller keys
	}{{p.After, "after", k.desc}, {p.Before, "before", !k.desc}} {
		if bound.cursor == "" {
			continue
		}
		key, err := incident.ParseKey(bound.cursor, k.name, bound.argument)
		if err != nil {
			return nil, err
		}
		op := ">"
		if bound.down {
			op = "<"
		}
		if !k.fits(key) {
			return nil, incident.NotACursor(bound.argument)
		}
		value := "CAST(? AS BIGINT)"
		if k.text {
			value = "?"
		}
		q = q.Where(fmt.Sprintf("(%s, %s) %s (%s, ?)", k.expr, k.tie, op, value), key.Value, key.ID)
	}
	direction := "ASC"
	if k.desc != p.Backward {
		direction = "DESC"
	}
	return q.OrderExpr(fmt.Sprintf("%s %s, %s %s", k.expr, direction, k.tie, direction)).Limit(int64(p.Limit) + 1), nil
}

// fits reports whether a key holds what the database can compare with: those
// of cursors that a client has made up need not.
func (k keyset) fits(key incident.Key) bool {
	number := func(s string) bool { _, err := strconv.ParseInt(s, 10, 64); return err == nil }
	return !strings.ContainsRune(key.Value+key.ID, 0) &&
		(k.text || number(key.Value)) && (k.tie != "i.number" || number(key.ID))
}

// page turns the rows that were read for p into a page. Convert gives each its
// item and its cursor.
func page[R, T any](rows []R, p incident.PageQuery, convert func(R) (T, string, error)) (incident.Page[T], error) {
	more := len(rows) > p.Limit
	if more {
		rows = rows[:p.Limit]
	}
	if p.Backward {
		slices.Reverse(rows)
	}
	out := incident.Page[T]{Items: make([]T, 0, len(rows)), Cursors: make([]string, 0, len(rows))}
	if p.Backward {
		out.HasPrevious, out.HasNext = more, p.Before != ""
	} else {
		out.HasNext, out.HasPrevious = more, p.After != ""
	}
	for _, r := range rows {
		item, cursor, err := convert(r)
		if err != nil {
			return out, err
		}
		out.Items = append(out.Items, item)
		out.Cursors = append(out.Cursors, cursor)
	}
	return out, nil
}

// like makes the pattern for text that contains s, for a LIKE with ESCAPE '!'.
func like(s string) string {
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) + "%"
}

// in adds "column is one of values"; nil means any, an empty list none.
func in[T ~string](q *bun.SelectQuery, column string, values []T) *bun.SelectQuery {
	switch {
	case values == nil:
		return q
	case len(values) == 0:
		return q.Where("1 = 0")
	}
	return q.Where("? IN (?)", bun.Ident(column), bun.List(values))
}

// eq adds "column is value" unless value is nil.
func eq[T any](q *bun.SelectQuery, column string, value *T) *bun.SelectQuery {
	if value == nil {
		return q
	}
	return q.Where("? = ?", bun.Ident(column), *value)
}

// union makes one statement of a page for each parent. Each part keeps its own
// limit and uses the index of its parent.
func (s *Store) union(parts []*bun.SelectQuery) *bun.SelectQuery {
	var q *bun.SelectQuery
	for _, part := range parts {
		wrapped := s.read.NewSelect().ColumnExpr("*").TableExpr("(?) AS part", part)
		if q == nil {
			q = wrapped
		} else {
			q = q.UnionAll(wrapped)
		}
	}
	return q
}
