package tlogtiles_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"tasktrail/audit"
	"tasktrail/db/dbtest"
	"tasktrail/incident"
)

// client is the Go checksum database's own library, fed over HTTP: it knows the
// layout, the address and a verifier key.
type client struct {
	*testing.T
	*server
}

func (client) Height() int { return 8 }

// ReadTiles implements [tlog.TileReader].
func (c client) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, tile := range tiles {
		path := "/trail/tile/" + strings.TrimPrefix(tile.Path(), "tile/8/")
		a := c.get(c, path)
		if a.status != 200 {
			return nil, fmt.Errorf("%s: %d, %s", path, a.status, a.body)
		}
		data = append(data, a.body)
	}
	return data, nil
}

func (client) SaveTiles([]tlog.Tile, [][]byte) {}

// verify reads every nth bundle of entries of the trail, and the last three, and
// returns the size of the checkpoint that they fit.
func (c client) verify(keys audit.Keys, trail audit.TrailID, nth int64) int64 {
	c.Helper()
	vkeys, err := keys.VerifierKeys(trail)
	if err != nil {
		c.Fatal(err)
	}
	verifier, err := note.NewVerifier(vkeys[0])
	if err != nil {
		c.Fatal(err)
	}
	n, err := note.Open(c.get(c, "/trail/checkpoint").body, note.VerifierList(verifier))
	if err != nil {
		c.Fatal(err)
	}
	var tree tlog.Tree
	var origin, root string
	if _, err := fmt.Sscanf(n.Text, "%s\n%d\n%s\n", &origin, &tree.N, &root); err != nil {
		c.Fatal(err)
	}
	hash, err := base64.StdEncoding.DecodeString(root)
	if err != nil || origin != verifier.Name() {
		c.Fatalf("%v in %q", err, n.Text)
	}
	tree.Hash = tlog.Hash(hash)
	hashes := tlog.TileHashReader(tree, c)

	for first := int64(0); first < tree.N; first += 256 {
		if first/256%nth != 0 && first < tree.N-3*256 {
			continue
		}
		count := min(256, tree.N-first)
		path := "/trail/tile/entries/" + strings.TrimPrefix(tlog.Tile{H: 8, N: first / 256, W: int(count)}.Path(), "tile/8/0/")
		bundle := c.get(c, path).body
		indexes := make([]int64, count)
		for i := range indexes {
			indexes[i] = tlog.StoredHashIndex(0, first+int64(i))
		}
		want, err := hashes.ReadHashes(indexes) // which proves them
		if err != nil {
			c.Fatal(err)
		}
		for i := range indexes {
			if len(bundle) < 2 || len(bundle)-2 < int(binary.BigEndian.Uint16(bundle)) {
				c.Fatalf("%s ends in entry %d", path, i)
			}
			size := int(binary.BigEndian.Uint16(bundle))
			entry := bundle[2 : 2+size]
			bundle = bundle[2+size:]
			if tlog.RecordHash(entry) != want[i] {
				c.Fatalf("entry %d of %s is not the one in the tree", i, path)
			}
			if h, err := audit.DecodeHeader(entry); err != nil || h.Position != first+int64(i)+1 || h.Trail != trail {
				c.Fatalf("entry %d of %s: %+v, %v", i, path, h, err)
			}
		}
		if len(bundle) > 0 {
			c.Fatalf("%s has %d bytes more than its entries", path, len(bundle))
		}
	}
	return tree.N
}

// A client that others wrote verifies all there is, at and around the sizes
// where tiles fill up.
func TestAnotherClientVerifies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, url string) {
		s, store := open(t, url)
		keys := dbtest.NewKeys(t)
		for _, size := range []int64{1, 2, 255, 256, 257, 511, 512, 513} {
			s.fill(t, int(size))
			c := dbtest.Checkpoint(t, store.Tree(), keys, size)
			if size == 512 {
				s.fill(t, 520) // what no checkpoint covers yet
			}
			if got := (client{t, s}).verify(keys, c.Trail, 1); got != size {
				t.Errorf("a trail of %d was verified, want %d", got, size)
			}
			if size == 512 {
				s.stop()
				s, store = open(t, url) // with nothing in memory
			}
		}
	})
}

func TestAnotherClientVerifiesALargeTrail(t *testing.T) {
	m, keys := newMemory(t, 65537), dbtest.NewKeys(t)
	s := serve(t, incident.New(m, nil))
	for _, size := range []int64{65535, 65536, 65537} {
		dbtest.Checkpoint(t, m.Tree(), keys, size)
		if got := (client{t, s}).verify(keys, m.id, 32); got != size {
			t.Errorf("a trail of %d was verified, want %d", got, size)
		}
	}
	for path, size := range map[string]int{"1/000": 8192, "1/000.p/255": 8160, "2/000.p/1": 32, "0/256.p/1": 32, "0/255": 8192} {
		if a := s.get(t, "/trail/tile/"+path); a.status != 200 || len(a.body) != size {
			t.Errorf("%s: got %d, %d bytes; want %d", path, a.status, len(a.body), size)
		}
	}
	for _, path := range []string{"0/257.p/1", "0/256.p/2", "0/256", "1/001.p/1", "2/000.p/2", "2/000", "entries/256.p/2", "entries/257"} {
		if a := s.get(t, "/trail/tile/"+path); a.status != 404 {
			t.Errorf("%s, which is outside: got %d", path, a.status)
		}
	}
}
