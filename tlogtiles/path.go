package tlogtiles

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"tasktrail/audit"
)

const maxLevel = 63

// file names a tile, or the bundle of the entries of a tile of level 0.
type file struct {
	entries bool
	level   int // 0 to 63
	number  int64
	width   int // 1 to 256, which is a full one
}

// parseFile reads the path of a file below /trail/tile/. It accepts only the one
// spelling that [file.path] writes.
func parseFile(path string) (file, bool) {
	kind, rest, _ := strings.Cut(path, "/")
	f := file{entries: kind == "entries", width: audit.TileWidth}
	var err error
	if !f.entries {
		if f.level, err = strconv.Atoi(kind); err != nil || f.level < 0 || f.level > maxLevel {
			return file{}, false
		}
	}
	number, width, partial := strings.Cut(rest, ".p/")
	if partial {
		if f.width, err = strconv.Atoi(width); err != nil || f.width < 1 || f.width >= audit.TileWidth {
			return file{}, false
		}
	}
	for element := range strings.SplitSeq(number, "/") {
		n, err := strconv.ParseUint(strings.TrimPrefix(element, "x"), 10, 16)
		if err != nil || n > 999 || f.number > math.MaxInt64/1000-1 {
			return file{}, false
		}
		f.number = f.number*1000 + int64(n)
	}
	return f, f.path() == path
}

// path is what [parseFile] reads.
func (f file) path() string {
	number := fmt.Sprintf("%03d", f.number%1000)
	for n := f.number / 1000; n > 0; n /= 1000 {
		number = fmt.Sprintf("x%03d/%s", n%1000, number)
	}
	kind := strconv.Itoa(f.level)
	if f.entries {
		kind = "entries"
	}
	if f.width < audit.TileWidth {
		return fmt.Sprintf("%s/%s.p/%d", kind, number, f.width)
	}
	return kind + "/" + number
}

// within reports whether the tree over size events has all of the file.
func (f file) within(size int64) bool {
	nodes := size >> (audit.TileHeight * f.level) // complete ones of the level
	return f.number <= nodes/audit.TileWidth && f.number*audit.TileWidth+int64(f.width) <= nodes
}
