package limit

import "encoding/json"

// Variables looks at the values of variables as they came, or at any other
// JSON object of a request.
func (l Limits) Variables(variables map[string]any) *Exceeded {
	if variables == nil {
		return nil
	}
	depth, bytes := jsonSize(variables, l.ValueDepth+1)
	if e := passed("valueDepth", "lists and objects within each other in the variables", depth-1, l.ValueDepth); e != nil {
		return e
	}
	return passed("variableBytes", "bytes of the variables", bytes, l.VariableBytes)
}

// jsonSize measures a decoded JSON value: how many lists and objects are within
// each other, and its length as compact JSON without escapes. What is deeper
// than deepest is not looked into.
func jsonSize(value any, deepest int) (depth, bytes int) {
	switch v := value.(type) {
	case nil, bool:
		return 0, 4
	case string:
		return 0, len(v) + 2
	case json.Number:
		return 0, len(v)
	case map[string]any:
		for name, child := range v {
			bytes += len(name) + 4 // quotes, colon and comma
			if depth <= deepest {
				d, b := jsonSize(child, deepest-1)
				depth, bytes = max(depth, d), bytes+b
			}
		}
		return depth + 1, bytes + 1
	case []any:
		for _, child := range v {
			bytes++
			if depth <= deepest {
				d, b := jsonSize(child, deepest-1)
				depth, bytes = max(depth, d), bytes+b
			}
		}
		return depth + 1, bytes + 1
	}
	return 0, 8
}
