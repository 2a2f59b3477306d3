package graph_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
)

// hostile makes requests that are meant to cost far more than they are long.
// Each kind takes a size; sizes are chosen about the limits and far beyond.
type hostile struct{ *rand.Rand }

// hostileKinds are the kinds of hostile requests. Each returns the JSON of a request.
var hostileKinds = map[string]func(h hostile, n int) string{
	"fragment bomb": func(_ hostile, n int) string {
		var b strings.Builder
		b.WriteString("{ viewer { actor { ...f0 } } }")
		for i := range n {
			fmt.Fprintf(&b, " fragment f%d on Actor { id ...f%d ...f%d }", i, i+1, i+1)
		}
		fmt.Fprintf(&b, " fragment f%d on Actor { name }", n)
		return asked(b.String())
	},
	"bomb of nested fields": func(_ hostile, n int) string {
		var b strings.Builder
		b.WriteString("{ tasks { nodes { ...f0 } } }")
		for i := range n {
			fmt.Fprintf(&b, " fragment f%d on Task { a: incident { tasks { nodes { ...f%d } } } b: incident { tasks { nodes { ...f%d } } } }", i, i+1, i+1)
		}
		fmt.Fprintf(&b, " fragment f%d on Task { id }", n)
		return asked(b.String())
	},
	"fragment cycles": func(h hostile, n int) string {
		var b strings.Builder
		b.WriteString("{ viewer { actor { ...f0 } } }")
		for i := range n {
			fmt.Fprintf(&b, " fragment f%d on Actor { ...f%d ...f%d ...f%d }", i, (i+1)%n, h.IntN(n), h.IntN(n))
		}
		return asked(b.String())
	},
	"cycle through fields": func(_ hostile, n int) string {
		var b strings.Builder
		b.WriteString("{ tasks { nodes { ...f0 } } }")
		for i := range n {
			fmt.Fprintf(&b, " fragment f%d on Task { incident { tasks { nodes { ...f%d } } } }", i, (i+1)%n)
		}
		return asked(b.String())
	},
	"fragments all spread everywhere": func(_ hostile, n int) string {
		var spreads, b strings.Builder
		for i := range n {
			fmt.Fprintf(&spreads, " ...f%d", i)
		}
		fmt.Fprintf(&b, "{ viewer { actor {%s} } }", spreads.String())
		for i := range n {
			fmt.Fprintf(&b, " fragment f%d on Actor { id name kind email id name kind email }", i)
		}
		return asked(b.String())
	},
	"fragments of one name": func(_ hostile, n int) string {
		return asked("{ viewer { actor { ...f } } }" + strings.Repeat(" fragment f on Actor { ...f id }", n))
	},
	"unused fragments": func(_ hostile, n int) string {
		return asked("{ viewer { roles } }" + sequence(" fragment f%d on Actor { id name }", n))
	},
	"alias flood": func(_ hostile, n int) string { return asked("{" + sequence(" a%d: viewer { roles }", n) + " }") },
	"alias flood, dear": func(_ hostile, n int) string {
		return asked("{" + sequence(" a%d: taskStatistics { incidents }", n) + " }")
	},
	"overlapping fields": func(_ hostile, n int) string {
		return asked("{ viewer { actor {" + strings.Repeat(" id", n) + " } } }")
	},
	"overlapping conflicts": func(_ hostile, n int) string {
		return asked("{ viewer { actor {" + sequence(" x: %[2]s", n) + " } } }")
	},
	"overlapping objects": func(_ hostile, n int) string {
		return asked("{" + strings.Repeat(" viewer { actor { id name } }", n) + " }")
	},
	"overlapping arguments": func(_ hostile, n int) string {
		return asked("{" + sequence(" x: actors(first: %d) { totalCount }", n) + " }")
	},
	"overlapping, nested": func(_ hostile, n int) string {
		return asked("{" + strings.Repeat(" tasks { nodes { incident { id number } incident { id number } } }", n/4+1) + " }")
	},
	"inline fragments": func(_ hostile, n int) string {
		return asked("{ viewer { actor {" + strings.Repeat(" ... on Actor { id }", n) + " } } }")
	},
	"inline fragments, deep": func(_ hostile, n int) string {
		return asked("{ viewer" + strings.Repeat(" { ...", n) + " { roles }" + strings.Repeat(" }", n) + " }")
	},
	"directive flood": func(_ hostile, n int) string {
		return asked("{ viewer" + strings.Repeat(" @include(if: true)", n) + " { roles } }")
	},
	"unknown directives": func(_ hostile, n int) string { return asked("{ viewer" + strings.Repeat(" @x", n) + " { roles } }") },
	"depth": func(_ hostile, n int) string {
		return asked("{ tasks { nodes" + strings.Repeat(" { incident { tasks { nodes", n) + " { id }" + strings.Repeat(" } } }", n) + " } }")
	},
	"depth without end": func(_ hostile, n int) string { return asked(strings.Repeat("{ a ", n*50)) },
	"brackets":          func(_ hostile, n int) string { return asked("{ incidents(filter: " + strings.Repeat("[", n*50)) },
	"list multiplication": func(h hostile, n int) string {
		return asked(fmt.Sprintf("{ incidents(first: %d) { nodes { tasks(last: %d) { nodes { history(first: %d) { nodes { cause { incident { tasks(first: 200) { nodes { id } } } } } } } } } } }", n, n, h.IntN(400)))
	},
	"huge page": func(_ hostile, n int) string {
		return asked("{ incidents(first: " + strings.Repeat("9", n) + ") { nodes { tasks(first: 99999999999999999999) { nodes { id } } } } }")
	},
	"many ids": func(_ hostile, n int) string {
		return asked("{ nodes(ids: [" + strings.Repeat(`"x",`, n) + "]) { id ... on Incident { tasks { nodes { id } } } } }")
	},
	"huge string": func(_ hostile, n int) string {
		return asked(fmt.Sprintf("{ actors(search: %q) { totalCount } }", strings.Repeat("a", n*100)))
	},
	"huge number": func(_ hostile, n int) string {
		return asked("{ incident(number: " + strings.Repeat("1", n*100) + ") { id } }")
	},
	"huge float": func(_ hostile, n int) string {
		return asked("{ incident(number: 0." + strings.Repeat("1", n*100) + "e" + strings.Repeat("9", n) + ") { id } }")
	},
	"block string": func(_ hostile, n int) string {
		return asked(`{ actors(search: """` + strings.Repeat("\n \t x\\\"\"\"", n*10) + `""") { totalCount } }`)
	},
	"block string, empty": func(_ hostile, n int) string {
		return asked(`{ actors(search: """` + strings.Repeat(" \n", n*40) + `""") { totalCount } }`)
	},
	"unicode escapes": func(_ hostile, n int) string {
		return asked(`{ actors(search: "` + strings.Repeat(`\u00e9\u{1F600}\uD83D\uDE00`, n*4) + `") { totalCount } }`)
	},
	"open string": func(_ hostile, n int) string { return asked(`{ actors(search: "` + strings.Repeat(`\"`, n*40)) },
	"comments":    func(_ hostile, n int) string { return asked(strings.Repeat("#x\n", n*30) + "{ viewer { roles } }") },
	"one long comment": func(_ hostile, n int) string {
		return asked("#" + strings.Repeat("x", n*100) + "\n{ viewer { roles } }")
	},
	"commas": func(_ hostile, n int) string { return asked(strings.Repeat(",", n*100) + "{ viewer { roles } }") },
	"blanks": func(_ hostile, n int) string {
		return asked("{ viewer" + strings.Repeat("\r\n\ufeff", n*30) + " { roles } }")
	},
	"unknown fields":           func(_ hostile, n int) string { return asked("{" + sequence(" inciden%d", n) + " }") },
	"unknown fields of a task": func(_ hostile, n int) string { return asked("{ tasks { nodes {" + sequence(" titl%d", n) + " } } }") },
	"unknown types": func(_ hostile, n int) string {
		return asked("{ viewer { roles } }" + sequence(" fragment f%d on Inciden { id }", n))
	},
	"unknown types of variables": func(_ hostile, n int) string {
		return asked("query(" + sequence(" $v%d: IncidentFilte", n) + ") { viewer { roles } }")
	},
	"unknown arguments": func(_ hostile, n int) string {
		return asked("{ incidents(" + sequence(" firs%d: 1", n) + ") { totalCount } }")
	},
	"arguments of one name": func(_ hostile, n int) string {
		return asked("{ incidents(" + strings.Repeat(" first: 1", n) + ") { totalCount } }")
	},
	"unknown enum values": func(_ hostile, n int) string {
		return asked("{ incidents(filter: {status: [" + sequence(" ACTIV%d", n) + "]}) { totalCount } }")
	},
	"long unknown names": func(_ hostile, n int) string {
		return asked("{ tasks { nodes { " + strings.Repeat("title", n*20) + " } } }")
	},
	"long unknown type": func(_ hostile, n int) string {
		return asked("{ ... on " + strings.Repeat("Incident", n*12) + " { id } }")
	},
	"many long names": func(_ hostile, n int) string {
		return asked("{" + strings.Repeat(" ... on "+strings.Repeat("Incident", 12)+"x { id }", n) + " }")
	},
	"__typename flood": func(_ hostile, n int) string { return asked("{" + strings.Repeat(" __typename", n) + " }") },
	"introspection aliases": func(_ hostile, n int) string {
		return asked("{" + sequence(" a%d: __schema { types { fields { args { type { name } } type { name ofType { name } } } } }", n) + " }")
	},
	"introspection of tools, again and again": func(_ hostile, n int) string {
		document, _ := os.ReadFile("testdata/introspection.graphql")
		return asked(strings.Replace(string(document), "{", "{"+sequence(" a%d: __schema { types { ...FullType } }", n%30), 1))
	},
	"introspection of tools": func(_ hostile, _ int) string {
		document, _ := os.ReadFile("testdata/introspection.graphql")
		return asked(string(document))
	},
	"introspection, nested": func(_ hostile, n int) string {
		return asked("{ __schema { types { fields { type { fields { type { " + strings.Repeat("possibleTypes { ", n%9) + "name" + strings.Repeat(" }", n%9) + " } } } } } } }")
	},
	"introspection, wide": func(_ hostile, _ int) string {
		return asked("{ __schema { types { possibleTypes { fields { args { type { enumValues { name description } inputFields { name } } } } } } } }")
	},
	"introspection, fragments": func(_ hostile, n int) string {
		return asked("{ __schema { types { ...f0 } } }" + sequence(" fragment f%[1]d on __Type { ofType { ...f%[3]d ...f%[3]d } }", n) + fmt.Sprintf(" fragment f%d on __Type { name }", n))
	},
	"operations": func(_ hostile, n int) string {
		return `{"operationName":"q1","query":` + quoted(sequence(" query q%d { viewer { ...f } }", n)+" fragment f on Viewer { roles"+strings.Repeat(" actor { id name }", n%100)+" }") + `}`
	},
	"operations of one name": func(_ hostile, n int) string {
		return `{"operationName":"q","query":` + quoted(strings.Repeat(" query q { viewer { roles } }", n)) + `}`
	},
	"variables": func(_ hostile, n int) string {
		return asked("query(" + sequence(" $v%d: Int = 1", n) + ") { viewer { roles } }")
	},
	"variables of one name": func(_ hostile, n int) string {
		return asked("query(" + strings.Repeat(" $v: Int", n) + ") { incidents(first: $v) { totalCount } }")
	},
	"unknown variables": func(_ hostile, n int) string {
		return asked("{" + sequence(" a%d: incidents(first: $v%[1]d) { totalCount }", n) + " }")
	},
	"a type of lists": func(_ hostile, n int) string {
		return asked("query($v: " + strings.Repeat("[", n) + "Int" + strings.Repeat("]", n) + ") { viewer { roles } }")
	},
	"list literals, deep": func(_ hostile, n int) string {
		return asked("{ incidents(filter: {status: " + strings.Repeat("[", n) + "NEW" + strings.Repeat("]", n) + "}) { totalCount } }")
	},
	"objects, deep": func(_ hostile, n int) string {
		return asked("{ previewRule(rule: {name: \"x\", trigger: INCIDENT_CREATED, condition: " + strings.Repeat("{all: [", n) + "{}" + strings.Repeat("]}", n) + ", actions: []}) { errors { message } } }")
	},
	"objects, wide": func(_ hostile, n int) string {
		return asked("{ incidents(filter: {" + strings.Repeat("label: \"x\" ", n) + "}) { totalCount } }")
	},
	"default values, deep": func(_ hostile, n int) string {
		return asked("query($f: IncidentFilter = {status: " + strings.Repeat("[", n) + strings.Repeat("]", n) + "}) { incidents(filter: $f) { totalCount } }")
	},
	"variables, deep JSON": func(_ hostile, n int) string {
		return given(strings.Repeat(`{"all":[`, n*20) + strings.Repeat("]}", n*20))
	},
	"variables, deep lists": func(_ hostile, n int) string { return given(strings.Repeat("[", n*20) + strings.Repeat("]", n*20)) },
	"variables, large":      func(_ hostile, n int) string { return given(quoted(strings.Repeat("x", n*100))) },
	"variables, wide": func(_ hostile, n int) string {
		return given("{" + strings.TrimSuffix(sequence(`"k%d":0,`, n*6), ",") + "}")
	},
	"variables, numbers": func(_ hostile, n int) string { return given(`{"all":[` + strings.Repeat("1e999,", n*20) + "0]}") },
	"keys twice":         func(_ hostile, n int) string { return given("{" + strings.Repeat(`"all":[],`, n*10) + `"any":[]}`) },
	"extensions, deep JSON": func(_ hostile, n int) string {
		return `{"query":"{ viewer { roles } }","extensions":{"x":` + strings.Repeat("[", n*20) + strings.Repeat("]", n*20) + `}}`
	},
	"members twice": func(_ hostile, n int) string {
		return "{" + strings.Repeat(`"query":"{ viewer { roles } }",`, n*3) + `"variables":{}}`
	},
	"unknown members": func(_ hostile, n int) string {
		return "{" + sequence(`"m%d":[{}],`, n*6) + `"query":"{ viewer { roles } }"}`
	},
	"a batch": func(_ hostile, n int) string {
		return "[" + strings.TrimSuffix(strings.Repeat(asked("{ viewer { roles } }")+",", n*2), ",") + "]"
	},
	"mutations": func(_ hostile, n int) string {
		return asked("mutation {" + sequence(` a%d: startTask(input: {id: "x"}) { errors { message } }`, n) + " }")
	},
	"bulk mutation": func(_ hostile, n int) string {
		return asked(`mutation { completeTasks(input: {ids: [` + strings.Repeat(`"x" `, n) + `]}) { results { task { incident { tasks { nodes { history { nodes { id } } } } } } } } }`)
	},
	"random text":   func(h hostile, n int) string { return asked(h.text(n * 4)) },
	"random tokens": func(h hostile, n int) string { return asked(h.tokens(n)) },
}

// text is a document of random bytes that JSON can carry.
func (h hostile) text(n int) string {
	const alphabet = "{}()[]:=@!|&$.#\"\\\n ,aé0-_e\u2028\ufeff"
	runes := []rune(alphabet)
	out := make([]rune, n)
	for i := range out {
		out[i] = runes[h.IntN(len(runes))]
	}
	return string(out)
}

// tokens is a document of random tokens of the language.
func (h hostile) tokens(n int) string {
	words := strings.Fields(`{ } ( ) [ ] : = @ ! | $ ... query mutation subscription fragment on f f0 Task Incident
		tasks incidents nodes edges node id title first filter 1 1.5 "x" """y""" true null ENUM @include if __typename __schema types`)
	out := []string{"{"}
	for range n {
		out = append(out, words[h.IntN(len(words))])
	}
	return strings.Join(out, " ")
}

// numbered repeats a format with the number, a field of an actor, and the number
// that follows.
func sequence(format string, n int) string {
	var b strings.Builder
	fields := []string{"id", "name", "kind", "email"}
	for i := range n {
		text := fmt.Sprintf(strings.ReplaceAll(format, "%d", "%[1]d")+"%[4]s", i, fields[i%len(fields)], i+1, "")
		b.WriteString(text)
	}
	return b.String()
}

func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(out)
}

func asked(document string) string { return `{"query":` + quoted(document) + `}` }

// given is a request with a value for the condition of a rule.
func given(value string) string {
	return `{"query":"query($c: RuleConditionInput) { previewRule(rule: {name: \"x\", trigger: INCIDENT_CREATED, condition: $c, actions: []}) { errors { message } } }","variables":{"c":` + value + `}}`
}
