// Package importer reads task lists from files into incidents with tasks, and
// creates them through the service as if somebody had typed them in. It also
// holds the small made-up history of tasktrail serve --demo.
//
// [Decode] is pure: bytes in, incidents or every fault of the file out. A file
// with a fault yields nothing at all, so that no import is ever half meant.
// [Run] carries the incidents out. It may be repeated after a crash: each of
// its mutations has an id made from the file's digest and its own place there.
//
// # The format "tasktrail"
//
// UTF-8 JSON, strict: names are spelled exactly so, unknown and repeated ones
// are refused, and so is anything after the closing brace.
//
//	{"incidents": [{
//	  "title":       "text",                  required, 1 to 500 characters
//	  "severity":    "HIGH",                  required; INFORMATIONAL, LOW, MEDIUM or HIGH
//	  "description": "Markdown",              or null; up to 10,000 characters
//	  "labels":      ["text"],                up to 50 of 1 to 100 characters
//	  "tasks": [{                             in the order of the list, up to 1,000
//	    "title":       "text",                required, 1 to 500 characters
//	    "description": "Markdown",            or null; up to 10,000 characters
//	    "mandatory":   false,
//	    "dueAt":       "2026-03-01T09:00:00Z" or null; RFC 3339
//	  }]
//	}]}
//
// # The format "soc-recommended-actions"
//
// The watchlist "SOC Recommended Actions" of Microsoft Sentinel as an ARM
// template: resources[].properties.rawContent is CSV with the columns Alert,
// A1, A2 … and perhaps Date. Each row becomes an incident of severity MEDIUM,
// each action a task. The cells are not quoted although their texts contain
// commas; actions.go tells how they are put together again. A later revision,
// with quotes and "Task 1^" in place of "1. ", is read too.
package importer
