package transport

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// CursorExtension is the response extension that carries the resume cursor of
// a subscription event. It must be a string, and is not sent as an extension.
const CursorExtension = "cursor"

// MaxErrors is how many errors one response may have. A small document can
// cause thousands of validation errors. One more says that some are left out.
const MaxErrors = 20

// CodeErrorsOmitted is the code of the entry that says so.
const CodeErrorsOmitted = "ERRORS_OMITTED"

// Values of the error extension "code" that this package sets or reads.
const (
	codeBadUserInput    = "BAD_USER_INPUT"
	codeForbidden       = "FORBIDDEN"
	codeInternal        = "INTERNAL"
	codeRateLimited     = "RATE_LIMITED"
	codeUnauthenticated = "UNAUTHENTICATED"
)

// rest is what of a response is sent behind its data.
type rest struct {
	Label      string         `json:"label,omitempty"`
	Path       ast.Path       `json:"path,omitempty"`
	HasNext    *bool          `json:"hasNext,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// encodeResponse returns the response as JSON in one line, and its cursor. Without
// data it has no data entry when the operation was refused, where gqlgen would send
// "data": null. The data are taken as gqlgen wrote them, as JSON: encoding/json would
// check and copy each byte, for each subscriber, and over a socket twice.
func encodeResponse(resp *graphql.Response) (body []byte, cursor string) {
	data := []byte(resp.Data)
	if len(data) == 0 && len(resp.Errors) == 0 {
		data = []byte("null")
	}
	if bytes.IndexByte(data, '\n') >= 0 || bytes.IndexByte(data, '\r') >= 0 { // as a value of JSON could be stored
		var line bytes.Buffer
		if err := json.Compact(&line, data); err != nil {
			return encodeResponse(internalResponse())
		}
		data = line.Bytes()
	}
	extensions, cursor := takeCursor(resp.Extensions)
	others, err := json.Marshal(rest{resp.Label, resp.Path, resp.HasNext, extensions})
	if err != nil {
		return encodeResponse(internalResponse()) // the error text could quote data
	}
	var errs []byte
	if len(resp.Errors) > 0 {
		if errs, err = json.Marshal(capErrors(resp.Errors)); err != nil {
			return encodeResponse(internalResponse())
		}
	}
	body = make([]byte, 0, len(data)+len(errs)+len(others)+len(`{"errors":,"data":,`))
	body = append(body, '{')
	body = appendMember(body, "errors", errs)
	body = appendMember(body, "data", data)
	if len(others) == len("{}") {
		body[len(body)-1] = '}' // in the place of a comma
		return body, cursor
	}
	return append(body, others[1:]...), cursor
}

// appendMember appends a member of an object, unless it has no value, and a comma.
func appendMember(to []byte, name string, value []byte) []byte {
	if len(value) == 0 {
		return to
	}
	to = append(to, '"')
	to = append(to, name...)
	to = append(to, '"', ':')
	to = append(to, value...)
	return append(to, ',')
}

// takeCursor separates the cursor from the other extensions. It copies the
// map, which an interceptor may still be reading.
func takeCursor(extensions map[string]any) (map[string]any, string) {
	value, ok := extensions[CursorExtension]
	if !ok {
		return extensions, ""
	}
	others := maps.Clone(extensions)
	delete(others, CursorExtension)
	cursor, _ := value.(string)
	return others, cursor
}

// capErrors leaves out what is more than can be answered, and says so. A list
// that says so already stays.
func capErrors(errs gqlerror.List) gqlerror.List {
	if len(errs) <= MaxErrors || (len(errs) == MaxErrors+1 && hasCode(errs[MaxErrors:], CodeErrorsOmitted)) {
		return errs
	}
	capped := slices.Clone(errs[:MaxErrors])
	return append(capped, ErrorsOmitted(len(errs)-MaxErrors))
}

// ErrorsOmitted is the entry behind the last of [MaxErrors] errors. n is how many
// more there were, 0 when nobody has counted.
func ErrorsOmitted(n int) *gqlerror.Error {
	if n == 0 {
		return errorWithCode(CodeErrorsOmitted, fmt.Sprintf("there are more errors than the limit of %d; the others are left out", MaxErrors))
	}
	err := errorWithCode(CodeErrorsOmitted, fmt.Sprintf("there are %d errors more than the limit of %d, which are left out", n, MaxErrors))
	err.Extensions["omitted"] = n
	return err
}

// isRequestError reports whether the operation was refused before it ran.
func isRequestError(resp *graphql.Response) bool {
	return len(resp.Data) == 0 && len(resp.Errors) > 0
}

func hasCode(errs gqlerror.List, code string) bool {
	for _, err := range errs {
		if err != nil && err.Extensions["code"] == code {
			return true
		}
	}
	return false
}

func errorWithCode(code, message string) *gqlerror.Error {
	return &gqlerror.Error{Message: message, Extensions: map[string]any{"code": code}}
}

func internalResponse() *graphql.Response {
	return &graphql.Response{Errors: gqlerror.List{errorWithCode(codeInternal, "internal error")}}
}
