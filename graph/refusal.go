package graph

import (
	"context"

	"tasktrail/graph/model"
	"tasktrail/incident"
)

type conflictErrorResolver struct{}

// Current is the thing as it is now.
func (conflictErrorResolver) Current(_ context.Context, e *incident.ConflictError) (model.Node, error) {
	return e.Current, nil
}

type openTasksErrorResolver struct{}

// OpenTasks looks the tasks up in the order of the list.
func (openTasksErrorResolver) OpenTasks(ctx context.Context, e *incident.OpenTasksError) ([]*incident.Task, error) {
	tasks, err := loadersFrom(ctx).tasks.LoadAll(ctx, e.TaskIDs)
	if err != nil {
		return nil, err
	}
	pointers := make([]*incident.Task, len(tasks))
	for i := range tasks {
		pointers[i] = &tasks[i]
	}
	return pointers, nil
}
