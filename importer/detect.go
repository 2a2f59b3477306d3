package importer

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
)

// detect tells the format by what stands at the top, or returns "".
func detect(data []byte, f *faults) string {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		f.add("the file", "there is nothing in it")
	case looksLikeJSON(data):
		checkJSON(data, f)
		if len(f.list) == 0 {
			return detectJSON(data)
		}
	case repositoryHeader.Match(data):
		return FormatTasksRepository
	case yamlTop.Match(data):
		return FormatYAML
	}
	return ""
}

var (
	repositoryHeader = regexp.MustCompile(`(?i)^\s*"?IncidentTitle"?\s*(,|$)`)
	yamlTop          = regexp.MustCompile(`(?m)^["']?(playbooks|rules)["']?\s*:`)
)

// looksLikeJSON reports whether data begins like a JSON object or array.
func looksLikeJSON(data []byte) bool {
	data = bytes.TrimSpace(data)
	return len(data) > 0 && (data[0] == '{' || data[0] == '[')
}

// isJSON reports whether a file of the format must be JSON. A repository of
// tasks is CSV, by itself or inside the template of a watchlist.
func isJSON(format string, data []byte) bool {
	switch format {
	case FormatYAML:
		return false
	case FormatTasksRepository:
		return looksLikeJSON(data)
	}
	return true
}

// detectJSON looks at no more than the names at the top, and those of the
// first thing in a list.
func detectJSON(data []byte) string {
	top, list := parseObject(data), parseList(data)
	if len(list) > 0 {
		top = parseObject(list[0])
	}
	switch {
	case top.has("incidents"):
		return FormatTasktrail
	case top.has("playbooks"), top.has("rules"):
		return FormatYAML
	case top.has("resources"):
		return detectTemplate(data)
	case top.has("value"), top.has("properties"):
		return FormatSentinel
	case top.has("name") && (top.has("tasks") || top.has("titlePrefix")), isCaseTemplate(top):
		return FormatTheHive
	}
	return ""
}

// detectTemplate tells what an ARM template holds.
func detectTemplate(data []byte) string {
	var template struct {
		Resources []struct {
			Type       loose[string]
			Properties loose[struct{ RawContent loose[string] }]
		}
	}
	if json.Unmarshal(data, &template) != nil {
		return FormatWatchlist
	}
	for _, r := range template.Resources {
		if isAutomationRule(r.Type.value) {
			return FormatSentinel
		}
		if repositoryHeader.MatchString(r.Properties.value.RawContent.value) {
			return FormatTasksRepository
		}
	}
	return FormatWatchlist
}

// isAutomationRule knows the types that a template can give an automation
// rule: Microsoft.SecurityInsights/automationRules and
// Microsoft.OperationalInsights/workspaces/providers/automationRules.
func isAutomationRule(resourceType string) bool {
	i := strings.LastIndexByte(resourceType, '/')
	return i >= 0 && strings.EqualFold(resourceType[i+1:], "automationRules")
}
