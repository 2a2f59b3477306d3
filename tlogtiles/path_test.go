package tlogtiles

import (
	"math"
	"strings"
	"testing"

	"tasktrail/audit"
)

func TestPaths(t *testing.T) {
	for path, want := range map[string]file{
		"0/000":                               {width: 256},
		"63/999":                              {level: 63, number: 999, width: 256},
		"0/x001/x234/067":                     {number: 1234067, width: 256},
		"1/x001/000.p/1":                      {level: 1, number: 1000, width: 1},
		"entries/000.p/255":                   {entries: true, width: 255},
		"entries/x273/001":                    {entries: true, number: 273001, width: 256},
		"0/x001/x000/x000/000":                {number: 1e9, width: 256},
		"0/x009/x223/x372/x036/x854/x774/999": {number: 9223372036854774999, width: 256},
	} {
		if got, ok := parseFile(path); !ok || got != want || got.path() != path {
			t.Errorf("%s: got %+v, %t, %s; want %+v", path, got, ok, got.path(), want)
		}
	}
	for _, path := range []string{
		"", "/", "0", "0/", "/000", "0/0", "0/00", "0/0000", "0/x000", "0/x000/000", "0/x00/001", "0/001/000", "0/x001/x000", "0/x001/",
		"0/x001//000", "00/000", "01/000", "+0/000", "-0/000", "-1/000", "64/000", "100/000", "a/000", "0/-01", "0/+01", "0/0x1", "0/xx01", "0/ 01", "0/１２３",
		"0/000.p", "0/000.p/", "0/000.p/0", "0/000.p/00", "0/000.p/01", "0/000.p/256", "0/000.p/-1", "0/000.p/+1", "0/000.p/1/", "0/000.p/1.p/1", "0/000.P/1", "0/000p/1",
		"0/000/", "0/000/.", "0/../0/000", "0//000", "8/0/000", "data/000", "entries", "entries/", "Entries/000", "entries/0/000", "0/000?x", "0/000%20", "0/%30%30%30",
		"0/x009/x223/x372/x036/x854/x775/808", "0/" + strings.Repeat("x999/", 9000) + "999", strings.Repeat("9", 9000) + "/000",
	} {
		if got, ok := parseFile(path); ok {
			t.Errorf("%q is taken for %+v", path, got)
		}
	}
}

// A tree of 70,000 is the example in the specification.
func TestWithin(t *testing.T) {
	for path, want := range map[string]bool{
		"0/x272/000": false, "0/000": true, "0/272": true, "0/273": false, "0/273.p/112": true, "0/273.p/113": false, "0/273.p/1": true, "0/274.p/1": false,
		"1/000": true, "1/001": false, "1/001.p/17": true, "1/001.p/18": false, "2/000.p/1": true, "2/000.p/2": false, "2/000": false, "3/000.p/1": false,
		"63/000.p/1": false, "entries/273.p/112": true, "entries/273.p/113": false, "0/x009/x223/x372/x036/x854/x774/999": false,
	} {
		f, ok := parseFile(path)
		if !ok || f.within(70000) != want {
			t.Errorf("%s in a tree of 70,000 is %t, want %t", path, !want, want)
		}
	}
	for level := range maxLevel + 1 {
		f := file{level: level, width: 1}
		if want := level < 8; f.within(math.MaxInt64) != want {
			t.Errorf("level %d of the largest tree: got %t", level, !want)
		}
	}
}

// What is accepted has one spelling, and is nothing that could not be.
func FuzzPath(f *testing.F) {
	for _, seed := range []string{"0/000", "63/x001/x234/067.p/255", "entries/000.p/1", "00/x000/000", "0/000.p/256", "entries/x1/000", "-1/0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got, ok := parseFile(path)
		if !ok {
			return
		}
		if got.path() != path {
			t.Errorf("%q is accepted, but written %q", path, got.path())
		}
		if got.level < 0 || got.level > 63 || got.number < 0 || got.width < 1 || got.width > audit.TileWidth || got.entries && got.level != 0 {
			t.Errorf("%q is taken for %+v", path, got)
		}
	})
}
