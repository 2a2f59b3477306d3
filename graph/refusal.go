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
	loaders := loadersFrom(ctx)
	loaders.expect(e.TaskIDs)
	tasks := make([]*incident.Task, len(e.TaskIDs))
	for i, id := range e.TaskIDs {
		var err error
		if tasks[i], err = loaders.tasks.orNil(ctx, id); err != nil {
			return nil, err
		}
	}
	return tasks, nil
}
