package transport

import (
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

// wireResponse is graphql.Response as it is sent: without a data entry when
// the operation was refused, where gqlgen would send "data": null.
type wireResponse struct {
	Errors     gqlerror.List   `json:"errors,omitempty"`
	Data       json.RawMessage `json:"data,omitempty"`
	Label      string          `json:"label,omitempty"`
	Path       ast.Path        `json:"path,omitempty"`
	HasNext    *bool           `json:"hasNext,omitempty"`
	Extensions map[string]any  `json:"extensions,omitempty"`
}

// encodeResponse returns the response as JSON in one line, and its cursor.
func encodeResponse(resp *graphql.Response) (body []byte, cursor string) {
	wire := wireResponse{
		Errors:  capErrors(resp.Errors),
		Data:    resp.Data,
		Label:   resp.Label,
		Path:    resp.Path,
		HasNext: resp.HasNext,
	}
	if len(wire.Data) == 0 && len(wire.Errors) == 0 {
		wire.Data = json.RawMessage("null")
	}
	wire.Extensions, cursor = takeCursor(resp.Extensions)
	body, err := json.Marshal(wire)
	if err != nil {
		// A resolver made invalid JSON; the error text could quote its data.
		body, _ = json.Marshal(wireResponse{Errors: internalResponse().Errors})
		return body, ""
	}
	return body, cursor
}

// takeCursor separates the cursor from the other extensions. It copies the
// map, which an interceptor may still be reading.
func takeCursor(extensions map[string]any) (map[string]any, string) {
	value, ok := extensions[CursorExtension]
	if !ok {
		return extensions, ""
	}
	rest := maps.Clone(extensions)
	delete(rest, CursorExtension)
	cursor, _ := value.(string)
	return rest, cursor
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
