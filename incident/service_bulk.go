package incident

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"
)

// MaxBulk is how many tasks one mutation can change.
const MaxBulk = 100

// bulkWorkers is how many changes of a bulk mutation wait for the writer at
// once: enough for them to share transactions.
const bulkWorkers = 16

// BulkCommon is what every bulk input carries. The clientMutationId, with the
// place of the item behind it, counts for each item by itself: after a failure
// the same call does what is left.
type BulkCommon struct {
	Reason           *string
	ClientMutationID *string
}

// CompleteTasksInput ticks tasks off.
type CompleteTasksInput struct {
	BulkCommon
	IDs []string
}

// AssignTasksInput gives tasks to an actor, or to nobody.
type AssignTasksInput struct {
	BulkCommon
	IDs        []string
	AssigneeID *string
}

// NewTaskInput is one of several tasks to be added.
type NewTaskInput struct {
	Title       string
	Description *string
	Group       *string
	Mandatory   *bool
	AssigneeID  *string
	DueAt       *time.Time
}

// AddTasksInput puts tasks at the end of an incident's list, in their order.
type AddTasksInput struct {
	BulkCommon
	IncidentID string
	Tasks      []NewTaskInput
}

// BulkPayload answers a bulk mutation: what became of each item, in the order
// of the input.
type BulkPayload struct {
	Results          []TaskPayload
	ClientMutationID *string
	Errors           []MutationError // why nothing was tried at all
}

// CompleteTasks ticks up to 100 tasks off, each by itself.
func (s *Service) CompleteTasks(ctx context.Context, v Viewer, in CompleteTasksInput) (*BulkPayload, error) {
	return s.bulk(ctx, v, in.BulkCommon, "ids", len(in.IDs), in.IDs, bulkWorkers, func(n int, common Common) (*TaskPayload, error) {
		return s.CompleteTask(ctx, v, CompleteTaskInput{Common: common, ID: in.IDs[n]})
	})
}

// AssignTasks gives up to 100 tasks to an actor, each by itself.
func (s *Service) AssignTasks(ctx context.Context, v Viewer, in AssignTasksInput) (*BulkPayload, error) {
	return s.bulk(ctx, v, in.BulkCommon, "ids", len(in.IDs), in.IDs, bulkWorkers, func(n int, common Common) (*TaskPayload, error) {
		return s.UpdateTask(ctx, v, UpdateTaskInput{
			Common: common, ID: in.IDs[n], AssigneeID: Optional[*string]{Set: true, Value: in.AssigneeID},
		})
	})
}

// AddTasks puts up to 100 tasks on an incident's list, one after the other.
func (s *Service) AddTasks(ctx context.Context, v Viewer, in AddTasksInput) (*BulkPayload, error) {
	return s.bulk(ctx, v, in.BulkCommon, "tasks", len(in.Tasks), nil, 1, func(n int, common Common) (*TaskPayload, error) {
		t := in.Tasks[n]
		return s.AddTask(ctx, v, AddTaskInput{
			Common: common, IncidentID: in.IncidentID, Title: t.Title, Description: t.Description, Group: t.Group,
			Mandatory: t.Mandatory, AssigneeID: t.AssigneeID, DueAt: t.DueAt,
		})
	})
}

// bulk does one item after the other, or several at once.
func (s *Service) bulk(
	ctx context.Context, v Viewer, common BulkCommon, list string, items int, ids []string, workers int,
	one func(n int, common Common) (*TaskPayload, error),
) (*BulkPayload, error) {
	if err := v.CheckChange(); err != nil {
		return nil, err
	}
	check := &checker{}
	check.common(Common{Reason: common.Reason})
	check.mutationID(common.ClientMutationID, MaxMutationID-len("/100"))
	if items < 1 || items > MaxBulk {
		check.fail(list, "give from 1 to %d, these are %d", MaxBulk, items)
	}
	for n, id := range ids {
		if slices.Contains(ids[:n], id) {
			check.fail(fmt.Sprintf("ids.%d", n), "this id is there twice")
		}
	}
	p := &BulkPayload{Results: []TaskPayload{}, ClientMutationID: common.ClientMutationID, Errors: []MutationError{}}
	if p.Errors = append(p.Errors, check.faults...); len(p.Errors) > 0 {
		return p, nil
	}
	p.Results = make([]TaskPayload, items)
	var group errgroup.Group
	group.SetLimit(workers)
	for n := range items {
		group.Go(func() error {
			own := Common{Reason: common.Reason}
			if id := common.ClientMutationID; id != nil {
				key := fmt.Sprintf("%s/%d", *id, n+1)
				own.ClientMutationID = &key
			}
			result, err := one(n, own)
			if err != nil {
				return err
			}
			for i, e := range result.Errors {
				result.Errors[i] = ofItem(e, list, n)
			}
			p.Results[n] = *result
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return p, nil
}

// shared are the fields of a bulk input that all its items have in common.
var shared = []string{"reason", "clientMutationId", "incidentId"}

// ofItem says for which item of a bulk input an error is: what is input.id or
// input.title to an item is input.ids.3 or input.tasks.3.title there.
func ofItem(e MutationError, list string, n int) MutationError {
	rebased := func(path []string) []string {
		item := []string{path[0], list, strconv.Itoa(n)}
		switch {
		case slices.Contains(shared, path[1]) || (list == "ids" && path[1] == "assigneeId"):
			return path
		case path[1] == "id":
			return item
		}
		return append(item, path[1:]...)
	}
	switch e := e.(type) {
	case *ValidationError:
		e.Path = rebased(e.Path)
	case *NotFoundError:
		e.Path = rebased(e.Path)
	case *IdempotencyError:
		e.Path = rebased(e.Path)
	}
	return e
}
