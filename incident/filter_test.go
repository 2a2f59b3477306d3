package incident_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// A filter chooses the same events in a list of the store, in its count and in
// a subscription, where Matches decides.
func TestFiltersMeanTheSame(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		store, service := open(t, url)
		ctx, alice, bob := context.Background(), person("alice"), person("bob")
		bob.Actor.Kind = incident.KindService
		for _, c := range calls {
			c.must(t, service, bob, c.mustFresh(t, service, alice), in{})
		}
		all, err := store.Events(ctx, incident.EventQuery{Page: incident.PageQuery{Limit: 1000}})
		if err != nil || len(all.Items) < 50 {
			t.Fatalf("there are %d events, %v", len(all.Items), err)
		}
		middle := all.Items[len(all.Items)/2]
		at, justAfter := middle.RecordedAt, middle.RecordedAt.Add(time.Microsecond)
		filters := []incident.AuditEventFilter{
			{},
			{IncidentID: &middle.IncidentID},
			{IncidentID: text("inc_none")},
			{TaskID: &middle.SubjectID},
			{ActorID: &alice.Actor.ID},
			{ActorKind: []incident.ActorKind{incident.KindService, incident.KindSystem}},
			{ActorKind: []incident.ActorKind{}},
			{Actions: []audit.Action{incident.TaskAdded, incident.IncidentWasClosed}},
			{Actions: []audit.Action{}},
			{Since: &at},
			{Since: &justAfter},
			{Until: &at},
			{Until: &justAfter},
			{Since: &justAfter, Until: &at},
			{Since: &at, ActorID: &bob.Actor.ID, Fields: []string{"status"}},
		}
		for _, names := range fieldNames {
			filters = append(filters, incident.AuditEventFilter{Fields: names})
		}
		chosen := 0
		for _, f := range filters {
			want := []int64{}
			for _, e := range all.Items {
				if f.Matches(e) {
					want = append(want, e.Position)
				}
			}
			page, err := store.Events(ctx, incident.EventQuery{Filter: f, Page: incident.PageQuery{Limit: 1000}})
			if err != nil {
				t.Fatal(err)
			}
			got := []int64{}
			for _, e := range page.Items {
				got = append(got, e.Position)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s chooses %v in the store, %v otherwise", shown(f), got, want)
			}
			if n, err := store.CountEvents(ctx, f); err != nil || n != len(want) {
				t.Errorf("%s counts %d, %v, want %d", shown(f), n, err, len(want))
			}
			if len(want) > 0 && len(want) < len(all.Items) {
				chosen++
			}
		}
		if chosen < 12 {
			t.Errorf("only %d filters choose some and leave some", chosen)
		}
	})
}

// fieldNames are lists of fields: those there are, and what only looks alike.
var fieldNames = [][]string{
	{},
	{"title"},
	{"rank"},
	{"overrideReason"},
	{"status", "deletedAt"},
	{"completedAt", "nonsense"},
	{"nonsense"},
	{"Title"},
	{"STATUS"},
	{"title,severity"},
	{"itle"},
	{"titl"},
	{""},
	{","},
	{"t%"},
	{"ti_le"},
	{"!"},
	{" title"},
}

func shown(f incident.AuditEventFilter) string {
	return fmt.Sprintf("%v %v %v %q", f.ActorKind, f.Actions, f.Since, f.Fields)
}
