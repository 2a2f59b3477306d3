package incident

import (
	"slices"
	"time"

	"tasktrail/audit"
)

// templated is a task to be made, and where it comes from.
type templated struct {
	TaskTemplate
	origin TaskOrigin
}

// applyPlaybook puts the steps of a playbook at the end of an incident's list,
// without those that are there already (deleted ones too), unless again. It
// returns the tasks added; without any there is no event either.
func (c *change) applyPlaybook(tx Tx, incidentID string, p *Playbook, again bool) ([]Task, error) {
	steps := make([]templated, len(p.Steps))
	for n, s := range p.Steps {
		step, key, version := n+1, s.Key, p.Version
		steps[n] = templated{s.TaskTemplate, TaskOrigin{
			Kind: KindPlaybook, Name: p.Name, ID: &p.ID, Step: &step, Version: &version, Key: &key,
		}}
	}
	steps, err := missing(tx, incidentID, steps, again)
	if err != nil || len(steps) == 0 {
		return nil, err
	}
	applied := struct {
		ID      string `json:"id"`
		Name    string `json:"name"`
		Version int    `json:"version"`
	}{p.ID, p.Name, p.Version}
	err = c.editIncident(tx, incidentID, PlaybookApplied, func(Tx, *Incident) ([]audit.Change, error) {
		return []audit.Change{{Field: fieldPlaybook, From: jsonNull, To: toJSON(applied)}}, nil
	})
	if err != nil {
		return nil, err
	}
	as := c.as(p.AutomationActor(KindPlaybook), p.reference(), c.last)
	added := as.addTasks(tx, incidentID, steps)
	c.written += as.written
	return added, nil
}

// missing leaves out what is on the list already, unless again, and refuses
// more than an incident may have.
func missing(tx Tx, incidentID string, wanted []templated, again bool) ([]templated, error) {
	list := tx.TaskList(incidentID)
	if !again {
		type from struct{ id, key string }
		there := map[from]bool{}
		for _, t := range list {
			if t.OriginKey != nil {
				there[from{valueOf(t.OriginID), *t.OriginKey}] = true
			}
		}
		wanted = slices.DeleteFunc(slices.Clone(wanted), func(w templated) bool { return there[from{*w.origin.ID, *w.origin.Key}] })
	}
	if len(wanted) == 0 {
		return nil, nil // also when the incident is closed: there is nothing to tell
	}
	if err := openIncident(tx, incidentID, "incidentId"); err != nil {
		return nil, err
	}
	if live := liveTasks(list); live+len(wanted) > MaxTasks {
		return nil, refuse("incidentId", "the incident has %d tasks and would get %d more; %d is the limit", live, len(wanted), MaxTasks)
	}
	return wanted, nil
}

// addTasks puts tasks at the end of the list and returns them.
func (c *change) addTasks(tx Tx, incidentID string, wanted []templated) []Task {
	i, _ := tx.Incident(incidentID)
	list := tx.TaskList(incidentID)
	last, rank := "", liveTasks(list)
	if len(list) > 0 {
		last = list[len(list)-1].OrderKey
	}
	by, now := c.viewer.Actor.ID, tx.Now()
	added := make([]Task, 0, len(wanted))
	for _, w := range wanted {
		last, rank = keyBetween(last, ""), rank+1
		t := Task{
			ID: newID(prefixTask), IncidentID: incidentID, OrderKey: last,
			Title: w.Title, Description: w.Description, Group: w.Group, Status: TaskNew, Mandatory: w.Mandatory,
			AssigneeID: w.AssigneeID, Origin: w.origin,
			CreatedAt: now, CreatedByID: by, UpdatedAt: now, UpdatedByID: by, Version: 1,
		}
		if w.AssignToOwner {
			t.AssigneeID = i.OwnerID
		}
		if w.DueAfterMinutes != nil {
			due := now.Add(time.Duration(*w.DueAfterMinutes) * time.Minute)
			t.DueAt = &due
		}
		c.saveTask(tx, t, TaskAdded, append(diff(taskFields, nil, &t), rankChange(0, rank)))
		added = append(added, t)
	}
	return added
}
