package incident

import (
	"context"

	"tasktrail/audit"
)

// step runs one of the rules that only move a task through its life.
func (s *Service) step(
	ctx context.Context, v Viewer, operation string, common Common, input any, id string,
	action audit.Action, rule func(tx Tx, t *Task, by string) error,
) (*TaskPayload, error) {
	c, check, err := begin(v, operation, common, input)
	if err != nil {
		return nil, err
	}
	if action == TaskWasSkipped {
		check.required("reason", common.Reason, MaxReason)
	}
	needs := Needs{TaskLists: action == TaskRestored}
	return s.simpleTask(ctx, c, check, needs, id, action, func(tx Tx, t *Task) ([]audit.Change, error) {
		return nil, rule(tx, t, v.Actor.ID)
	})
}

// StartTask begins work on a task.
func (s *Service) StartTask(ctx context.Context, v Viewer, in StartTaskInput) (*TaskPayload, error) {
	return s.step(ctx, v, "startTask", in.Common, in, in.ID, TaskStarted, startTask)
}

// CompleteTask ticks a task off. A completed task keeps its first time.
func (s *Service) CompleteTask(ctx context.Context, v Viewer, in CompleteTaskInput) (*TaskPayload, error) {
	return s.step(ctx, v, "completeTask", in.Common, in, in.ID, TaskWasCompleted, completeTask)
}

// SkipTask leaves a task undone, for a reason.
func (s *Service) SkipTask(ctx context.Context, v Viewer, in SkipTaskInput) (*TaskPayload, error) {
	return s.step(ctx, v, "skipTask", in.Common, in, in.ID, TaskWasSkipped, skipTask)
}

// ReopenTask makes a completed or skipped task NEW and counts it.
func (s *Service) ReopenTask(ctx context.Context, v Viewer, in ReopenTaskInput) (*TaskPayload, error) {
	return s.step(ctx, v, "reopenTask", in.Common, in, in.ID, TaskReopened, reopenTask)
}

// DeleteTask makes a task a tombstone.
func (s *Service) DeleteTask(ctx context.Context, v Viewer, in DeleteTaskInput) (*TaskPayload, error) {
	return s.step(ctx, v, "deleteTask", in.Common, in, in.ID, TaskDeleted, deleteTask)
}

// RestoreTask brings a tombstone back to its place in the list.
func (s *Service) RestoreTask(ctx context.Context, v Viewer, in RestoreTaskInput) (*TaskPayload, error) {
	return s.step(ctx, v, "restoreTask", in.Common, in, in.ID, TaskRestored, restoreTask)
}

// MoveTask moves a task to a rank among the live tasks.
func (s *Service) MoveTask(ctx context.Context, v Viewer, in MoveTaskInput) (*TaskPayload, error) {
	c, check, err := begin(v, "moveTask", in.Common, in)
	if err != nil {
		return nil, err
	}
	if in.Rank < 1 {
		check.fail("rank", "rank must be at least 1")
	}
	return s.simpleTask(ctx, c, check, Needs{TaskLists: true}, in.ID, TaskMoved, func(tx Tx, t *Task) ([]audit.Change, error) {
		list := tx.TaskList(t.IncidentID)
		from := rankOf(list, t.ID)
		at := placeAt(list, t.ID, in.Rank)
		if at.rank == from {
			return nil, nil
		}
		t.OrderKey = at.key
		return []audit.Change{rankChange(from, at.rank)}, nil
	})
}
