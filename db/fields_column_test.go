package db

import (
	"strings"
	"testing"

	"tasktrail/audit"
)

// The column of changed fields is compared without being made, with the same
// result.
func TestFieldsColumnIsCompared(t *testing.T) {
	var columns []string
	for _, names := range []string{"", "a", "b", "ab", "a,b", "b,a", "a,b,c", "a,ab", "a,a"} {
		columns = append(columns, names, ","+names, names+",", ","+names+",", ",,"+names+",", ","+names+",,", ","+names+", ")
	}
	for _, names := range [][]string{{"a"}, {"b"}, {"ab"}, {"a", "b"}, {"b", "a"}, {"a", "b", "c"}, {"a", "ab"}, {"a", "a"}} {
		var p audit.Payload
		for _, name := range names {
			p.Changes = append(p.Changes, audit.Change{Field: name})
		}
		for _, column := range columns {
			if got, want := isFieldsColumn(column, p), column == fieldsColumn(p); got != want {
				t.Errorf("%s: %q: got %t, want %t", strings.Join(names, " "), column, got, want)
			}
		}
	}
	if column := fieldsColumn(audit.Payload{}); isFieldsColumn(column, audit.Payload{}) || isFieldsColumn(",", audit.Payload{}) {
		t.Error("a payload without changes")
	}
}
