package incident

import (
	"tasktrail/audit"
)

// Tree gives v the tree over the trail and its checkpoints.
func (s *Service) Tree(v Viewer) (audit.TreeStore, error) {
	if err := v.CheckAudit(); err != nil {
		return nil, err
	}
	return s.store.Tree(), nil
}
