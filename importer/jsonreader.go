package importer

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// jsonReader walks over JSON that is known to be well-formed. Unlike
// json.Unmarshal it goes on after a fault, says where each of them is, and
// tells names apart by letter case and repetition.
type jsonReader struct {
	data   []byte
	dec    *json.Decoder
	faults *faults

	// Lines are counted as reading goes on: places are asked for all the time,
	// and counting from the start each time takes minutes for a large file.
	line    int   // of the byte at counted, from 1
	counted int64 // offset
}

func newJSONReader(data []byte, f *faults) *jsonReader {
	return &jsonReader{data: data, dec: json.NewDecoder(bytes.NewReader(data)), faults: f, line: 1}
}

// object reads an object. For each of its names it calls the reader in fields,
// which must consume the value; names that are not there are faults. It returns
// the place of the object and which names it has.
func (r *jsonReader) object(path string, fields map[string]func(path string)) (place string, has map[string]bool) {
	has = map[string]bool{}
	if !r.open(path, '{', "an object") {
		return r.place(path), nil
	}
	place = r.place(path)
	for r.dec.More() {
		name, _ := r.token().(string)
		read, known := fields[name]
		switch {
		case !known:
			// The name itself is the user's text; it does not go into the message.
			r.faults.add(r.place(path), "there is a field of an unknown name (%d bytes long); check its spelling", len(name))
			r.skip()
		case has[name]:
			r.faults.add(r.place(path+"."+name), "this field stands there twice")
			r.skip()
		default:
			has[name] = true
			read(join(path, name))
		}
	}
	r.token()
	return place, has
}

// array reads an array, calling item for each value, which must consume it. Of
// more than limit values it reads no further ones.
func (r *jsonReader) array(path string, limit int, item func(path string)) {
	if !r.open(path, '[', "an array") {
		return
	}
	n := 0
	for ; r.dec.More(); n++ {
		if n >= limit || r.faults.full() {
			r.skip()
			continue
		}
		item(fmt.Sprintf("%s[%d]", path, n))
	}
	r.token()
	if n > limit {
		r.faults.add(r.place(path), "there can be at most %d of them, these are %d", limit, n)
	}
}

// open reads the start of an object or array. Finding something else, it
// records a fault and consumes that.
func (r *jsonReader) open(path string, delim json.Delim, what string) bool {
	tok := r.token()
	if tok == delim {
		return true
	}
	r.faults.add(r.place(path), "it must be %s", what)
	r.rest(tok)
	return false
}

// text reads a string; ok is false when there is another thing.
func (r *jsonReader) text(path string) (s string, ok bool) {
	tok := r.token()
	if s, ok = tok.(string); !ok {
		r.faults.add(r.place(path), "it must be a string")
		r.rest(tok)
	}
	return s, ok
}

// textOrNull reads a string or null; ok is false for null and other things.
func (r *jsonReader) textOrNull(path string) (s string, ok bool) {
	tok := r.token()
	if s, ok = tok.(string); !ok && tok != nil {
		r.faults.add(r.place(path), "it must be a string or null")
		r.rest(tok)
	}
	return s, ok
}

// boolean reads true or false.
func (r *jsonReader) boolean(path string) bool {
	tok := r.token()
	b, ok := tok.(bool)
	if !ok {
		r.faults.add(r.place(path), "it must be true or false")
		r.rest(tok)
	}
	return b
}

// skip consumes one value.
func (r *jsonReader) skip() { r.rest(r.token()) }

// rest consumes what is left of the value that tok begins.
func (r *jsonReader) rest(tok json.Token) {
	depth := 0
	for {
		switch tok {
		case json.Delim('{'), json.Delim('['):
			depth++
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		if depth <= 0 {
			return
		}
		tok = r.token()
	}
}

func (r *jsonReader) token() json.Token {
	tok, err := r.dec.Token()
	if err != nil {
		// checkJSON has read the same bytes.
		panic("importer: well-formed JSON has no next token: " + err.Error())
	}
	return tok
}

// place names the value just read.
func (r *jsonReader) place(path string) string {
	if path == "" {
		path = "the file"
	}
	if at := r.dec.InputOffset() - 1; at > r.counted {
		r.line += bytes.Count(r.data[r.counted:at], []byte("\n"))
		r.counted = at
	}
	return fmt.Sprintf("line %d, %s", r.line, path)
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
