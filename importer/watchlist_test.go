package importer

import (
	"os"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"tasktrail/incident"
)

// read decodes a watchlist and returns its titles, those of the tasks indented.
func read(t *testing.T, file string) (titles []string, incidents []Incident) {
	t.Helper()
	got, err := Decode(strings.NewReader(file), Options{})
	if err != nil || got.Format != FormatWatchlist {
		t.Fatalf("used %q, error %v", got.Format, err)
	}
	for _, inc := range got.Incidents {
		titles = append(titles, inc.Title)
		for _, task := range inc.Tasks {
			titles = append(titles, "  "+task.Title)
		}
	}
	return titles, got.Incidents
}

func fixture(t *testing.T, name string) string {
	t.Helper()
	content, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// testdata/unquoted.csv has every trap of the published watchlist.
func TestWatchlistUnquoted(t *testing.T) {
	got, incidents := read(t, template(fixture(t, "unquoted.csv")))
	long := incidents[0].Tasks[7]
	want := []string{
		"Server room door left open",
		"  Close the door, then look around, slowly.",
		"  Ask “who was here?” – politely, of course.",
		"  Read the log book, page 9, 10. and 11. of this week",
		"  Choose one:",
		"  4a. Change the lock",
		"  4b. Change the code, or the keypad",
		"  4c. Post a guard",
		"  " + long.Title,
		"  File it.",
		"Odd Noise In The Rack",
		"  Listen.",
		"  Call the electrician",
		"Odd noise in the rack",
		"  Listen again,, twice",
		"  Note the time, e.g. 9,30",
		"Fan stopped, again",
		"  Order a fan,of the same size",
		"  Replace it",
		"  Check, at most, 10. fans",
		"  d", "  e", "  f", "  g", "  h",
		"  Use ports 80",
		"  is not due here? It is",
		"  End",
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}

	if long.Description == nil || !strings.HasSuffix(*long.Description, "then sign.") || utf8.RuneCountInString(*long.Description) <= incident.MaxTitle {
		t.Fatalf("the long text is not kept whole: %+v", long)
	}
	begin, ok := strings.CutSuffix(long.Title, "…")
	if n := utf8.RuneCountInString(long.Title); !ok || n > incident.MaxTitle || n < incident.MaxTitle-20 || !strings.HasPrefix(*long.Description, begin+" ") {
		t.Errorf("the title of the long text has %d characters: %q", n, long.Title)
	}
	for _, inc := range incidents {
		if inc.Severity != incident.SeverityMedium || !reflect.DeepEqual(inc.Labels, []string{"soc-recommended-actions"}) {
			t.Errorf("%s: severity %s, labels %v", inc.Title, inc.Severity, inc.Labels)
		}
	}
}

func TestWatchlistQuoted(t *testing.T) {
	got, incidents := read(t, template(fixture(t, "quoted.csv")))
	want := []string{
		"Server room door left open",
		"  Close the door, then look around.",
		"  Read the log book.",
		`  Say "hello", loudly`,
		"Fan stopped, again",
		"  Order a fan",
		"  Replace it:…",
		`  2a. "Gently" even`,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if d := incidents[1].Tasks[1].Description; d == nil || *d != "Replace it:\nslowly, please" {
		t.Errorf("the text of two lines is not kept whole: %v", d)
	}
}

// A row that does not come out even is refused, not guessed at.
func TestWatchlistFaults(t *testing.T) {
	const head, at = "Alert,A1,A2,A3,Date\r\n", "resources[1].properties.rawContent"
	uneven := func(n string) string {
		return at + " row 2: there are " + n + ` cells once the commas inside texts are put back, the header has 5 columns; begin each action with its number ("3. " or "Task 3^") and keep the empty cells`
	}
	tests := []struct {
		name, content string
		want          []string
	}{
		{"empty", "", []string{at + ": the header row is missing"}},
		{"another header", "Name,A1,Date\nx,1. y,", []string{at + " row 1: the header must be Alert, then A1, A2 and so on, then perhaps Date"}},
		{"header only", head, []string{"the file: there is no incident in it"}},
		{"a blank is missing", head + "x,1. a,2.b,3. c,1/2/2021", []string{uneven("3")}},
		{"a number is missing", head + "x,1. a,3. c,,1/2/2021", []string{uneven("4")}},
		{"cells are missing", head + "x,1. a,1/2/2021", []string{uneven("3")}},
		{"a comma before a due number", head + "x,1. ports 80,2. or 3,,,1/2/2021", []string{uneven("6")}},
		{
			"a number twice", head + "x,1. use,2. or 3,2. end,3. y,1/2/2021",
			[]string{at + " row 2, action 2: a text begins with this number twice; which of them begins the action cannot be told"},
		},
		{"an action where the date is", head + "x,1. a,2. b,3. c,4. d", []string{at + " row 2: the last cell must be a date or empty"}},
		{"no title, no text", head + ",1. a,2.  ,,1/2/2021", []string{
			at + " row 2, alert: a title must have from 1 to 500 characters besides white space",
			at + " row 2, action 2: a title must have from 1 to 500 characters besides white space",
		}},
		{"no action", head + "x,,,,1/2/2021", []string{at + " row 2: there is no action in it"}},
		{"NUL", head + "x,1. a\x00b,,,1/2/2021", []string{at + " row 2, action 1: it must not contain the NUL character"}},
		{"far too long", head + "x,1. " + strings.Repeat("word ", 2001) + ",,,", []string{
			at + " row 2, action 1: it must have at most 10000 characters, this one has 10004",
		}},
		{"too many cells", head + strings.Repeat(",x", maxCells), []string{at + " row 2: there can be at most 20000 cells in a row"}},
		{"two rows", head + "x,1. a,,\n\ny,1. a,2. b", []string{
			at + " row 2: there are 4 cells once the commas inside texts are put back, the header has 5 columns; begin each action with its number (\"3. \" or \"Task 3^\") and keep the empty cells",
			at + " row 4: the last cell must be a date or empty",
			at + " row 4: there are 3 cells once the commas inside texts are put back, the header has 5 columns; begin each action with its number (\"3. \" or \"Task 3^\") and keep the empty cells",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { checkFaults(t, "", template(tt.content), tt.want) })
	}
}

func TestWatchlistAccepts(t *testing.T) {
	tests := []struct {
		name, content string
		want          []string
	}{
		{"no date column", "Alert,A1,A2\nx,1. a,2. b, c", []string{"x", "  a", "  b, c"}},
		{"an empty cell between", "Alert,A1,A2,A3\nx,1. a,,2. b", []string{"x", "  a", "  b"}},
		{"a number not due", "Alert,A1,A2\nx,1. see page 4,9. below,2. b", []string{"x", "  see page 4,9. below", "  b"}},
		{"a quoted word in an unquoted text", "Alert,A1,A2\n\"x\" door,1. say,\"now\",2. b", []string{`"x" door`, `  say,"now"`, "  b"}},
		{"an open quote", "Alert,A1\nx,1. 19\",\"rack\ny,1. b", []string{"x", `  19","rack`, "y", "  b"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := read(t, template(tt.content)); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
