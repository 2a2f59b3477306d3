package graph

import (
	"context"
	"sync"

	"tasktrail/incident"
)

// definitions reads all live definitions, once for an operation, when somebody
// asks for one.
type definitions struct {
	service *incident.Service
	viewer  incident.Viewer
	found   func(*incident.Automation)

	once sync.Once
	set  *incident.Automation
	err  error
}

func newDefinitions(service *incident.Service, viewer incident.Viewer) *definitions {
	return &definitions{service: service, viewer: viewer}
}

func (d *definitions) all(ctx context.Context) (*incident.Automation, error) {
	d.once.Do(func() {
		var reader incident.Reader
		if reader, d.err = d.service.Read(d.viewer); d.err == nil {
			d.set, d.err = reader.Automation(ctx)
		}
		if d.err == nil {
			d.found(d.set)
		}
	})
	return d.set, d.err
}

// playbook finds one, also a deleted one; nil when there is none.
func (d *definitions) playbook(ctx context.Context, id string) (*incident.Playbook, error) {
	set, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	if p := set.Playbook(id); p != nil {
		return p, nil
	}
	return d.service.Playbook(ctx, d.viewer, id, nil)
}

// rule finds one, also a deleted one; nil when there is none.
func (d *definitions) rule(ctx context.Context, id string) (*incident.Rule, error) {
	set, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	if r := set.Rule(id); r != nil {
		return r, nil
	}
	return d.service.Rule(ctx, d.viewer, id, nil)
}

// webhook finds one, also a deleted one; nil when there is none.
func (d *definitions) webhook(ctx context.Context, id string) (*incident.Webhook, error) {
	set, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	if w := set.Webhook(id); w != nil {
		return w, nil
	}
	return d.service.Webhook(ctx, d.viewer, id)
}

// serviceAccount finds one, also a deleted one; nil when there is none.
func (d *definitions) serviceAccount(ctx context.Context, id string) (*incident.ServiceAccount, error) {
	set, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	if a := set.ServiceAccount(id); a != nil {
		return a, nil
	}
	return d.service.ServiceAccount(ctx, d.viewer, id)
}

// foundDefinitions notes definitions whose histories are wanted together.
func (l *loaders) foundDefinitions(list []*incident.Definition) {
	var ids []string
	for _, d := range list {
		ids = append(ids, d.ID)
	}
	l.taskIDs.add(ids) // histories are read by subject, whatever its kind
}

// foundAutomation notes everybody whom live definitions name: definitions lead
// to each other, so that whoever asks for one soon asks for any.
func (l *loaders) foundAutomation(set *incident.Automation) {
	var actors, keys []string
	by := func(d *incident.Definition) { actors = append(actors, d.CreatedByID, d.UpdatedByID) }
	for n := range set.Playbooks {
		by(&set.Playbooks[n].Definition)
		for _, s := range set.Playbooks[n].Steps {
			actors = appendAny(actors, s.AssigneeID)
		}
	}
	for n := range set.Webhooks {
		by(&set.Webhooks[n].Definition)
	}
	for n := range set.ServiceAccounts {
		by(&set.ServiceAccounts[n].Definition)
		for _, k := range set.ServiceAccounts[n].Keys {
			keys, actors = append(keys, k.ID), appendAny(append(actors, k.CreatedByID), k.RevokedByID)
		}
	}
	for n := range set.Rules {
		by(&set.Rules[n].Definition)
		for _, a := range set.Rules[n].Actions {
			if a.AddTask != nil {
				actors = appendAny(actors, a.AddTask.AssigneeID)
			}
			if a.SetOwner != nil {
				actors = appendAny(actors, a.SetOwner.OwnerID)
			}
		}
	}
	l.actorIDs.add(actors)
	l.keyIDs.add(keys)
}
