package limit

import (
	"encoding/json"
	"reflect"
)

// count says how many an argument asks for: a number, or the length of a list.
// Variables have numbers in several forms, and a single value where a list of
// one is meant.
func count(value any) (int, bool) {
	switch v := value.(type) {
	case nil:
		return 0, false
	case int64:
		return max(int(v), 0), true
	case int:
		return max(v, 0), true
	case float64:
		return int(min(max(v, 0), 1e9)), true
	case json.Number:
		n, err := v.Int64()
		return max(int(n), 0), err == nil
	}
	if list := reflect.ValueOf(value); list.Kind() == reflect.Slice {
		return list.Len(), true
	}
	return 1, true
}
