package db

import (
	"cmp"
	"context"
	"slices"

	"github.com/uptrace/bun"

	"tasktrail/incident"
)

// keys are what tasks are grouped by, empty text for what is null.
var keys = map[incident.TaskStatisticsGroup]string{
	incident.GroupByTitle: "t.title",
	// Ids have no slash, and with one it is never empty.
	incident.GroupByPlaybookStep: "CASE WHEN t.origin_kind = 'PLAYBOOK' THEN COALESCE(t.origin_id, '') || '/' || COALESCE(t.origin_key, '') ELSE '' END",
	incident.GroupByCreator:      "t.created_by",
	incident.GroupByOwner:        "COALESCE(i.owner_id, '')",
	incident.GroupByAssignee:     "COALESCE(t.assignee_id, '')",
	incident.GroupBySeverity:     "i.severity",
	incident.GroupByOriginKind:   "t.origin_kind",
}

// foldedTitle is the beginning of what a task is searched by, see searchText:
// folding makes no text longer or shorter, counted in characters.
const foldedTitle = "SUBSTR(t.search, 1, LENGTH(t.title))"

// keyed selects from tasks with the expression as k, which sorts bytewise.
func (r *statistics) keyed(q *bun.SelectQuery, key string) *bun.SelectQuery {
	if r.s.url.postgres() {
		key = "(" + key + `) COLLATE "C"`
	}
	return q.ColumnExpr(key + " AS k")
}

type groupRow struct {
	AdHoc     bool
	K         string
	Incidents int
	figuresRow
	Title      string
	OriginID   *string
	OriginName string
	OriginKey  *string
}

// readGroups reads the largest groups and the most frequent ad hoc titles.
func (r *statistics) readGroups(ctx context.Context, out *incident.TaskStatistics) error {
	adHoc := r.keyed(r.tasks(), foldedTitle).Where("t.origin_kind = ?", incident.KindUser).
		ColumnExpr("TRUE AS ad_hoc, COUNT(DISTINCT t.incident_id) AS incidents")
	parts := []*bun.SelectQuery{r.largest(adHoc, incident.MaxAdHocTitles)}
	if key, ok := keys[r.q.GroupBy]; ok {
		q := r.keyed(r.tasks(), key).ColumnExpr("FALSE AS ad_hoc, 0 AS incidents")
		if r.q.GroupBy == incident.GroupByPlaybookStep {
			q = q.Where("t.origin_kind = ?", incident.KindPlaybook)
		}
		parts = append(parts, r.largest(q, incident.MaxStatisticsGroups+1))
	}
	// Only the groups that are left look up a task each.
	var rows []groupRow
	err := r.tx.NewSelect().TableExpr("(?) AS g", r.s.union(parts)).Join("JOIN tasks AS n ON n.id = SUBSTR(g.newest, 20)").
		ColumnExpr("g.ad_hoc, g.k, g.incidents, g.total, g.open, g.completed, g.skipped, g.overdue, g.reopened, g.reopenings").
		ColumnExpr("n.title, n.origin_id, n.origin_name, n.origin_key").Scan(ctx, &rows)
	if err != nil {
		return err
	}
	slices.SortFunc(rows, func(a, b groupRow) int { return cmp.Or(cmp.Compare(b.Total, a.Total), cmp.Compare(a.K, b.K)) })
	for _, row := range rows {
		switch {
		case row.AdHoc:
			out.AdHocTitles = append(out.AdHocTitles, incident.AdHocTitle{Title: row.Title, Tasks: row.Total, Incidents: row.Incidents})
		case len(out.Groups) == incident.MaxStatisticsGroups:
			out.Truncated = true
		default:
			out.Groups = append(out.Groups, r.group(row))
		}
	}
	return nil
}

// largest groups tasks by k, with the newest of each. Its time is made text of
// one length, whatever the year, so that its id can stand behind it.
func (r *statistics) largest(q *bun.SelectQuery, limit int64) *bun.SelectQuery {
	return r.figures(q).ColumnExpr("MAX(CAST(t.created_at + 2000000000000000000 AS TEXT) || t.id) AS newest").
		GroupExpr("k").OrderExpr("total DESC, k").Limit(limit)
}

func (r *statistics) group(row groupRow) incident.TaskFiguresGroup {
	g := incident.TaskFiguresGroup{Figures: row.figures()}
	if row.K != "" {
		g.Key = &row.K
	}
	if r.q.GroupBy.OfActors() {
		g.ActorID = g.Key
	}
	if r.q.GroupBy == incident.GroupByPlaybookStep {
		g.PlaybookStep = &incident.PlaybookStepReference{
			PlaybookID: row.OriginID, PlaybookName: row.OriginName, StepKey: row.OriginKey, Title: row.Title,
		}
	}
	return g
}
