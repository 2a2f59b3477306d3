package incident_test

import (
	"testing"

	"tasktrail/incident"
)

// FuzzKey reads any text as the cursor of a page: what is accepted has one form
// only, and belongs to the list that it was given for.
func FuzzKey(f *testing.F) {
	for _, order := range []string{"created", ""} {
		f.Add(incident.Key{Order: order, ID: "inc_1"}.Cursor(), order)
	}
	f.Add("", "created")
	f.Add("e30", "created")
	f.Fuzz(func(t *testing.T, text, order string) {
		k, err := incident.ParseKey(text, order, "after")
		if err == nil && (k.Cursor() != text || k.Order != order) {
			t.Errorf("%q was read as %+v", text, k)
		}
	})
}
