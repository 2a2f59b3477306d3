package audit

import (
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
)

// The tree agrees with the library at every size, however it was come by, and
// its tiles are those of the library.
func TestTree(t *testing.T) {
	const size = TileWidth*TileWidth + 3*TileWidth + 7
	var tree Tree
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		out := make([]tlog.Hash, len(indexes))
		for n, i := range indexes {
			out[n] = stored[i]
		}
		return out, nil
	})
	tiles := map[string]bool{}
	for n := range int64(size) {
		data := fmt.Appendf(nil, "leaf %d", n)
		more, err := tlog.StoredHashes(n, data, reader)
		if err != nil {
			t.Fatal(err)
		}
		stored = append(stored, more...)
		for _, tile := range tree.Append(LeafHash(data)) {
			tiles[fmt.Sprint(tile.Level, tile.Number)] = true
			want, err := tlog.ReadTileData(tlog.Tile{H: TileHeight, L: tile.Level, N: tile.Number, W: TileWidth}, reader)
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			for _, h := range tile.Hashes {
				got = append(got, h[:]...)
			}
			if string(got) != string(want) {
				t.Fatalf("tile %d/%d differs from the library's", tile.Level, tile.Number)
			}
		}
		if n > 2000 && n%509 != 0 && n < size-300 {
			continue
		}
		want, err := tlog.TreeHash(n+1, reader)
		if err != nil {
			t.Fatal(err)
		}
		if got := tree.Root(); tree.Size() != n+1 || got != Hash(want) {
			t.Fatalf("root of %d leaves is %s, want %s", tree.Size(), got, Hash(want))
		}
	}
	if want := size/TileWidth + 1; len(tiles) != want {
		t.Errorf("%d full tiles, want %d", len(tiles), want)
	}
}
