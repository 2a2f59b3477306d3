// Package tlogtiles serves the trail as static files in the layout of C2SP
// tlog-tiles (https://c2sp.org/tlog-tiles), so that tools which know nothing of
// tasktrail can follow and verify it:
//
//	/trail/checkpoint                  the newest signed checkpoint
//	/trail/tile/<L>/<N>[.p/<W>]        hashes of the Merkle tree, 32 bytes each
//	/trail/tile/entries/<N>[.p/<W>]    encoded headers of events, each behind its length in 2 bytes
//
// <L> is the level, <N> the number of the tile in groups of three digits
// (x001/x234/067), <W> the width of a tile that is not full. Only what the
// newest checkpoint covers is there. Nothing but a checkpoint ever changes.
//
// Tiles and entries are served as they are stored: whoever reads them checks
// them against a signed checkpoint, which is what they are for.
package tlogtiles
