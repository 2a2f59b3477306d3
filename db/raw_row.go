package db

import (
	"bytes"
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/uptrace/bun"
)

// readStrictly reads rows into their structs as bun would, and faster, but takes
// no null and no value of another type for a zero value: broken hears of such
// rows. q has no columns yet.
func readStrictly[R any](ctx context.Context, q *bun.SelectQuery, broken func(r *R, column, expected, found string)) ([]*R, error) {
	columns := columnsOfRow(reflect.TypeFor[R]())
	for _, c := range columns {
		q = q.Column(c.name)
	}
	rows, err := q.Model((*R)(nil)).Rows(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	cells, into := make([]cell, len(columns)), make([]any, len(columns))
	for n := range cells {
		into[n] = &cells[n]
	}
	var out []*R
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		r := new(R)
		out = append(out, r)
		fields := reflect.ValueOf(r).Elem()
		wrong := -1
		for n, c := range columns {
			if !setField(fields.Field(c.field), cells[n].value) && wrong < 0 {
				wrong = n
			}
		}
		if wrong >= 0 {
			f := fields.Field(columns[wrong].field)
			broken(r, fields.Type().Field(columns[wrong].field).Name, "a value of type "+strings.TrimPrefix(f.Type().String(), "*"), fmt.Sprintf("%T", cells[wrong].value))
		}
	}
	return out, rows.Err()
}

type rowColumn struct {
	name  string
	field int
}

func columnsOfRow(row reflect.Type) []rowColumn {
	var out []rowColumn
	for n := range row.NumField() {
		if f := row.Field(n); f.Name != "BaseModel" {
			name, _, _ := strings.Cut(f.Tag.Get("bun"), ",")
			out = append(out, rowColumn{name, n})
		}
	}
	return out
}

// cell takes any value as the driver gives it.
type cell struct{ value any }

// Scan implements [database/sql.Scanner].
func (c *cell) Scan(v any) error {
	if b, ok := v.([]byte); ok {
		v = bytes.Clone(b)
	}
	c.value = v
	return nil
}

// setField stores a value in a field of a row; false when it is not of its type.
func setField(field reflect.Value, v any) bool {
	if field.Kind() == reflect.Pointer {
		if v == nil {
			return true
		}
		field.Set(reflect.New(field.Type().Elem()))
		field = field.Elem()
	}
	switch v := v.(type) {
	case string:
		if field.Kind() == reflect.String {
			field.SetString(v)
			return true
		}
	case int64:
		switch field.Kind() { //nolint:exhaustive // rows have no others
		case reflect.Int, reflect.Int64:
			field.SetInt(v)
			return true
		case reflect.Bool: // SQLite
			field.SetBool(v == 1)
			return v == 0 || v == 1
		}
	case bool:
		if field.Kind() == reflect.Bool {
			field.SetBool(v)
			return true
		}
	}
	return false
}
