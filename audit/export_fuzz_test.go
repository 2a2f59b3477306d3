package audit

import (
	"slices"
	"strings"
	"testing"
)

// Whatever becomes of an export, it is refused, unless it says the same: a
// complete one must be the same to the byte, a filtered one may have lost whole
// events, or payloads, which no such export can show. A forger puts the trailer
// right.
func FuzzVerifyExport(f *testing.F) {
	x := newExportTrail(f, 1, 12)
	originals := []string{x.export(f, "{}", 0, nil), x.export(f, onlyOdd, 0, odd), x.export(f, "{}", 5, nil)}
	for which := range originals {
		f.Add(uint8(which), uint8(0), uint8(3), uint16(40), "x", true)
		f.Add(uint8(which), uint8(1), uint8(2), uint16(0), "", true)
		f.Add(uint8(which), uint8(2), uint8(2), uint16(5), "null", false)
		f.Add(uint8(which), uint8(3), uint8(1), uint16(4), "", true)
		f.Add(uint8(which), uint8(4), uint8(0), uint16(0), "{}\n", false)
	}
	f.Fuzz(func(t *testing.T, which, kind, line uint8, at uint16, put string, forge bool) {
		original := originals[int(which)%len(originals)]
		change := func(lines []string) []string {
			n := int(line) % len(lines)
			m := int(at) % len(lines)
			i := int(at) % (len(lines[n]) + 1)
			switch kind % 5 {
			case 0: // put in
				lines[n] = lines[n][:i] + put + lines[n][i:]
			case 1: // removed
				lines = slices.Delete(lines, n, n+1)
			case 2: // overwritten
				lines[n] = lines[n][:i] + put + lines[n][min(len(lines[n]), i+len(put)):]
			case 3: // exchanged
				lines[n], lines[m] = lines[m], lines[n]
			case 4: // anything at all
				lines = []string{put}
			}
			return lines
		}
		text := ""
		if forge {
			lines := change(strings.SplitAfter(strings.TrimSuffix(original, "\n"), "\n"))
			if len(lines) > 1 {
				text = relined(strings.Join(lines, ""), func(lines []string) []string { return lines })
			}
		} else {
			text = strings.Join(change(strings.SplitAfter(original, "\n")), "")
		}
		_, err := VerifyExport(strings.NewReader(text), x.check())
		if p, err := ReadPartialExport(strings.NewReader(text)); err == nil && p != nil && p.Size > int64(len(text)) {
			t.Fatalf("%d bytes of %d are to be kept", p.Size, len(text))
		}
		if err == nil && text != original && !lessOf(text, original) {
			t.Fatalf("accepted:\n%s\nmade from\n%s", text, original)
		}
	})
}

// lessOf reports whether text is a filtered export that says nothing but what
// the original says.
func lessOf(text, original string) bool {
	if !strings.Contains(original, onlyOdd) {
		return false
	}
	known := strings.SplitAfter(original, "\n")
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	for _, line := range lines[:len(lines)-1] {
		if !slices.Contains(known, line) {
			return false
		}
	}
	return true
}

// Of each line there is one way to write it: what is read is written the same.
func FuzzExportLine(f *testing.F) {
	x := newExportTrail(f, 1, 8)
	for _, text := range []string{x.export(f, "{}", 0, nil), x.export(f, onlyOdd, 0, odd)} {
		for line := range strings.Lines(text) {
			f.Add(strings.TrimSuffix(line, "\n"))
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, proven := range []bool{false, true} {
			e, proof, wrong := parseExportEvent([]byte(line), TrailID{1}, proven)
			if wrong != "" || e.check() != nil {
				continue
			}
			again, err := appendExportEvent(nil, e, proof)
			if err != nil || string(again) != line {
				t.Fatalf("read\n%s\nwrote\n%s\n%v", line, again, err)
			}
		}
	})
}
