package incident

import (
	"errors"
	"fmt"
	"strings"

	"tasktrail/audit"
)

// What any operation can answer. The texts are fit for clients.
var (
	ErrUnauthenticated = errors.New("a valid bearer token is required")
	ErrForbidden       = errors.New("your roles do not allow this")
	// ErrReadOnly refuses every change while the store does not trust what it
	// is kept in; nothing of the change was done.
	ErrReadOnly = errors.New("nothing can be changed for now, because a check of the database has failed; its operators have to repair it, reading works meanwhile")
)

// InputError refuses an argument of a query or subscription. Its text is fit
// for clients.
type InputError struct {
	Path    []string // of the argument, outermost first
	Message string
}

func (e *InputError) Error() string { return strings.Join(e.Path, ".") + ": " + e.Message }

// MutationErrorCode is the kind of an expected refusal.
type MutationErrorCode string

// The kinds of expected refusals.
const (
	CodeValidation     MutationErrorCode = "VALIDATION"
	CodeNotFound       MutationErrorCode = "NOT_FOUND"
	CodeConflict       MutationErrorCode = "CONFLICT"
	CodeOpenTasks      MutationErrorCode = "OPEN_TASKS"
	CodeIdempotencyKey MutationErrorCode = "IDEMPOTENCY_KEY_REUSED"
)

// MutationError is an expected refusal of a change. Its message and path are
// fit for clients; the path starts with "input".
type MutationError interface {
	error
	Code() MutationErrorCode
}

// ValidationError: the input breaks a rule or a limit.
type ValidationError struct {
	Message string
	Path    []string
}

// NotFoundError: the input names something that does not exist.
type NotFoundError struct {
	Message string
	Path    []string
}

// ConflictError: the thing has changed since the version the caller expected.
type ConflictError struct {
	Message string
	Path    []string
	Current any            // *Incident or *Task, as it is now
	Missed  []*audit.Event // what happened to it since, oldest first, at most the newest 200

	subjectID string
	expected  int
}

// OpenTasksError: open mandatory tasks keep the incident from being closed.
type OpenTasksError struct {
	Message string
	Path    []string
	TaskIDs []string // in the order of the list
}

// IdempotencyError: the clientMutationId was used before for something else.
type IdempotencyError struct {
	Message string
	Path    []string
}

func (e *ValidationError) Error() string  { return e.Message }
func (e *NotFoundError) Error() string    { return e.Message }
func (e *ConflictError) Error() string    { return e.Message }
func (e *OpenTasksError) Error() string   { return e.Message }
func (e *IdempotencyError) Error() string { return e.Message }

// Code returns [CodeValidation].
func (e *ValidationError) Code() MutationErrorCode { return CodeValidation }

// Code returns [CodeNotFound].
func (e *NotFoundError) Code() MutationErrorCode { return CodeNotFound }

// Code returns [CodeConflict].
func (e *ConflictError) Code() MutationErrorCode { return CodeConflict }

// Code returns [CodeOpenTasks].
func (e *OpenTasksError) Code() MutationErrorCode { return CodeOpenTasks }

// Code returns [CodeIdempotencyKey].
func (e *IdempotencyError) Code() MutationErrorCode { return CodeIdempotencyKey }

// Refusal is every expected reason why one change was refused.
type Refusal []MutationError

func (r Refusal) Error() string {
	texts := make([]string, len(r))
	for i, e := range r {
		texts[i] = e.Error()
	}
	return strings.Join(texts, "; ")
}

// refuse makes a refusal for one breach of a rule at input.field.
func refuse(field, format string, args ...any) Refusal {
	return Refusal{&ValidationError{Message: fmt.Sprintf(format, args...), Path: inputPath(field)}}
}

// notFound makes a refusal for an unknown id at input.field.
func notFound(field, what string) Refusal {
	return Refusal{&NotFoundError{Message: "there is no such " + what, Path: inputPath(field)}}
}

// inputPath is the path of a field, whose own parts have dots between them.
func inputPath(field string) []string { return strings.Split("input."+field, ".") }
