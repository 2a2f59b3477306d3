package db

// columnKind says what a column held.
type columnKind byte

const (
	columnNull columnKind = iota
	columnValue
	columnOther
)

func (k columnKind) String() string {
	return [...]string{"null", "a value", "a value of another type"}[k]
}

type intColumn struct {
	n    int64
	kind columnKind
}

// Scan implements [database/sql.Scanner].
func (c *intColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*c = intColumn{}
	case int64:
		*c = intColumn{v, columnValue}
	default:
		*c = intColumn{0, columnOther}
	}
	return nil
}

type textColumn struct {
	s    string
	kind columnKind
}

// Scan implements [database/sql.Scanner].
func (c *textColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*c = textColumn{}
	case string:
		*c = textColumn{v, columnValue}
	default:
		*c = textColumn{"", columnOther}
	}
	return nil
}

// blobColumn holds up to 32 bytes.
type blobColumn struct {
	b    [32]byte
	size int // of what is stored
	kind columnKind
}

// Scan implements [database/sql.Scanner].
func (c *blobColumn) Scan(v any) error {
	switch v := v.(type) {
	case nil:
		*c = blobColumn{}
	case []byte:
		*c = blobColumn{size: len(v), kind: columnValue}
		copy(c.b[:], v)
	default:
		*c = blobColumn{kind: columnOther}
	}
	return nil
}
