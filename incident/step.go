package incident

// The steps of a task's life. Each changes t or leaves it as it was; a step
// that leads nowhere new changes nothing.

func startTask(_ Tx, t *Task, _ string) error {
	switch t.Status {
	case TaskNew:
		t.Status = TaskInProgress
	case TaskCompleted, TaskSkipped:
		return refuse("id", "the task is %s; reopen it first", t.Status)
	}
	return nil
}

func completeTask(tx Tx, t *Task, by string) error {
	switch t.Status {
	case TaskNew, TaskInProgress:
		now := tx.Now()
		t.Status, t.CompletedAt, t.CompletedByID = TaskCompleted, &now, &by
	case TaskSkipped:
		return refuse("id", "the task is SKIPPED; reopen it first")
	}
	return nil
}

func skipTask(_ Tx, t *Task, _ string) error {
	switch t.Status {
	case TaskNew, TaskInProgress:
		t.Status = TaskSkipped
	case TaskCompleted:
		return refuse("id", "the task is COMPLETED; reopen it first")
	}
	return nil
}

func reopenTask(_ Tx, t *Task, _ string) error {
	if t.Status.Open() {
		return nil
	}
	t.Status, t.CompletedAt, t.CompletedByID = TaskNew, nil, nil
	t.ReopenCount++
	return nil
}

func deleteTask(tx Tx, t *Task, _ string) error {
	if t.DeletedAt == nil {
		now := tx.Now()
		t.DeletedAt = &now
	}
	return nil
}

func restoreTask(tx Tx, t *Task, _ string) error {
	if t.DeletedAt == nil {
		return nil
	}
	if liveTasks(tx.TaskList(t.IncidentID)) >= MaxTasks {
		return refuse("id", "the incident already has %d tasks, which is the limit", MaxTasks)
	}
	t.DeletedAt = nil
	return nil
}
