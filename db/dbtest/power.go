package dbtest

import (
	"math/rand/v2"
	"slices"
)

// sector is what a disk writes wholly or not at all.
const sector = 512

// Power plays back what was done to a disk, and tells what could be left of its
// files when the power fails: what was synced, and of what was written after
// that any part, in any order.
//
// Bytes beside those being written stay as they were: SQLite takes that for
// granted (SQLITE_IOCAP_POWERSAFE_OVERWRITE), as disks promise it.
type Power struct {
	durable map[string][]byte
	pending map[string][]Op
}

// NewPower begins with files that are durable.
func NewPower(files map[string][]byte) *Power {
	return &Power{durable: files, pending: map[string][]Op{}}
}

// Do plays one operation.
func (p *Power) Do(op Op) {
	switch op.Kind {
	case OpWrite, OpTruncate:
		p.pending[op.File] = append(p.pending[op.File], op)
	case OpSync:
		content := slices.Clone(p.durable[op.File])
		for _, w := range p.pending[op.File] {
			content = w.apply(content)
		}
		p.durable[op.File] = content
		delete(p.pending, op.File)
	case OpMark:
	}
}

func (op Op) apply(content []byte) []byte {
	if op.Kind == OpTruncate {
		return grown(content, op.At)[:op.At]
	}
	content = grown(content, op.At+int64(len(op.Data)))
	copy(content[op.At:], op.Data)
	return content
}

func grown(content []byte, size int64) []byte {
	if more := size - int64(len(content)); more > 0 {
		return append(content, make([]byte, more)...)
	}
	return content
}

// Loss is what becomes of what was written and not synced.
type Loss int

// Ways to lose it.
const (
	LoseAll     Loss = iota
	LoseNothing      // as when only the process dies
	LoseTail         // everything before some byte is there, nothing behind it
	LoseSectors      // any sectors are there, the others as they were, or zero
	LoseGarbage      // as before, but some of the others hold anything
	Losses           // the number of ways
)

// Cut returns the files as they may be after a loss of power now.
func (p *Power) Cut(r *rand.Rand, how Loss) map[string][]byte {
	out := map[string][]byte{}
	for file, content := range p.durable {
		out[file] = slices.Clone(content)
	}
	for file, ops := range p.pending {
		content, last := out[file], len(ops)
		if how == LoseTail {
			last = r.IntN(len(ops) + 1)
		}
		for n, op := range ops {
			switch {
			case how == LoseAll, n > last:
			case n == last:
				if op.Kind == OpWrite {
					op.Data = op.Data[:r.IntN(len(op.Data)+1)]
					content = op.apply(content)
				}
			case op.Kind == OpWrite && how >= LoseSectors:
				content = op.scatter(r, content, how == LoseGarbage)
			default:
				content = op.apply(content)
			}
		}
		out[file] = content
	}
	return out
}

// scatter applies some sectors of a write.
func (op Op) scatter(r *rand.Rand, content []byte, garbage bool) []byte {
	for from := int64(0); from < int64(len(op.Data)); {
		to := min(from+sector-(op.At+from)%sector, int64(len(op.Data)))
		part := Op{Kind: OpWrite, At: op.At + from, Data: op.Data[from:to]}
		switch chance := r.IntN(4); {
		case chance < 2:
			content = part.apply(content)
		case chance == 2 && garbage:
			part.Data = make([]byte, len(part.Data))
			for n := range part.Data {
				part.Data[n] = byte(r.Uint32())
			}
			content = part.apply(content)
		}
		from = to
	}
	return content
}
