package report

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// evil holds what could end a label or begin something else: in terminals, DOT, Mermaid, Markdown and HTML.
const evil = "\x1b]0;x\x07\u202e\"]\n  n0 --> evil[\"<script>alert(1)</script>`%%{init: {}}%%`\\\" -> \\N &lt; #quot; ; | \\"

// evilStore is a case in which everything that a caller chooses is hostile.
func evilStore(t *testing.T) *EventStore {
	quote := func(s string) string {
		b, err := appendJSON(nil, s, "")
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(string(b))
	}
	session := "arn:aws:sts::111122223333:assumed-role/admin/" + evil
	identity := func(key, arn string) string {
		return fmt.Sprintf(`{"type":"AssumedRole","arn":%s,"accountId":"111122223333","accessKeyId":%s,"sessionContext":{"sourceIdentity":%s,"attributes":{"creationDate":"2026-03-02T10:00:00Z"}}}`, quote(arn), quote(key), quote(evil))
	}
	out := fmt.Sprintf(`,"responseElements":{"credentials":{"accessKeyId":%s},"assumedRoleUser":{"arn":%s}}`, quote("ASIA"+evil), quote(session+"2"))
	return storeOf(t,
		pivotRecord("10:00:00", "sts", "AssumeRole", identity("ASIA1", session), out),
		pivotRecord("10:00:01", "s3", "GetObject", identity("ASIA"+evil, session+"2"), `,"requestParameters":{"bucketName":`+quote(evil)+`,"key":"k"},"errorCode":`+quote(evil)),
		pivotRecord("10:00:01", "iam", "CreateUser", identity("ASIA"+evil, session+"2"), `,"requestParameters":{"userName":`+quote(evil)+`}`))
}

func TestPivotHostileText(t *testing.T) {
	s := evilStore(t)
	for _, format := range []string{"text", "dot", "mermaid", "json"} {
		text := asFormat(t, pivot(t, s, PivotQuery{Subject: "ASIA1"}), format)
		for _, r := range text {
			if r != '\n' && !unicode.IsPrint(r) {
				t.Errorf("%s has %q", format, r)
			}
		}
		if !strings.Contains(text, "alert") {
			t.Errorf("%s does not name the hostile session:\n%s", format, text)
		}
	}
	// A bad case's texts are hostile too, when they are the subject.
	text := asFormat(t, pivot(t, s, PivotQuery{Subject: "ASIA" + evil, Up: true}), "text")
	if strings.ContainsAny(text, "\x1b\x07\u202e") {
		t.Errorf("%q", text)
	}
}

// dotEscapes are what Graphviz replaces in a label: a backslash that is not itself escaped, and such a letter.
var dotEscapes = regexp.MustCompile(`(?:^|[^\\])(?:\\\\)*\\[NGETHL]`)

// Outside of strings a DOT file holds nothing but what is written here, so that no text of
// the evidence got out of its string.
func TestPivotHostileDOT(t *testing.T) {
	text := asFormat(t, pivot(t, evilStore(t), PivotQuery{Subject: "ASIA1"}), "dot")
	rest := regexp.MustCompile(`"(?:[^"\\\n]|\\.)*"`).ReplaceAllString(text, "S")
	line := regexp.MustCompile(`^(digraph lineage \{|  rankdir=LR;|  (node|edge) \[[a-zA-Z=, ]*\];|  [nm]\d+ \[label=S[a-z0-9=, ]*\];|  n\d+ -> [nm]\d+ \[[a-zA-Z=, ]*\];|\})$`)
	for l := range strings.Lines(rest) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("%q", l)
		}
	}
	if strings.Count(text, " -> n") != 1 || dotEscapes.MatchString(text) {
		t.Errorf("edges are not what they should be:\n%s", text)
	}
}

// A Mermaid file holds, outside of labels, nothing but what is written here, and labels hold
// no character that means anything.
func TestPivotHostileMermaid(t *testing.T) {
	text := asFormat(t, pivot(t, evilStore(t), PivotQuery{Subject: "ASIA1"}), "mermaid")
	label := `"(?:[\pL\pN .,:/_+=@-]|#\d+;|<br/>)*"`
	line := regexp.MustCompile(`^(flowchart LR|  n\d+(\[` + label + `\]|\(\[` + label + `\]\))|  style n\d+ stroke-width:4px|  n\d+ (-->|-\.->)\|` + label + `\| n\d+)$`)
	for l := range strings.Lines(text) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("%q", l)
		}
	}
}

func TestDiagramEscapes(t *testing.T) {
	for _, c := range []struct{ in, dot, mermaid string }{
		{"plain a-b:c/d", `"plain a-b:c/d"`, "plain a-b:c/d"},
		{`a"b\N&amp;`, `"a\"b\\N&amp;amp;"`, "a#34;b#92;N#38;amp#59;"},
		{"\x1b\n\u202e", `"\\x1b\\x0a\\u202e"`, "#92;x1b#92;x0a#92;u202e"},
		{"ü 日本 %%{x}`", "\"ü 日本 %%{x}`\"", "ü 日本 #37;#37;#123;x#125;#96;"},
		{"\xff", `"\\xff"`, "#92;xff"},
	} {
		if got := DOT(c.in); got != c.dot {
			t.Errorf("DOT(%q) = %s, want %s", c.in, got, c.dot)
		}
		if got := Mermaid(c.in); got != c.mermaid {
			t.Errorf("Mermaid(%q) = %s, want %s", c.in, got, c.mermaid)
		}
	}
}

// A diagram of many nodes says what it leaves out.
func TestPivotDiagramIsBounded(t *testing.T) {
	records := make([]string, 0, 500)
	alice := `{"type":"IAMUser","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","accessKeyId":"AKIA1"}`
	for i := range 500 {
		records = append(records, pivotRecord(fmt.Sprintf("10:%02d:%02d", i/60, i%60), "sts", "AssumeRole", alice, fmt.Sprintf(`,"responseElements":{"credentials":{"accessKeyId":"ASIA%03d"}}`, i)))
	}
	p := pivot(t, storeOf(t, records...), PivotQuery{Subject: "AKIA1", Down: true})
	if dot := asFormat(t, p, "dot"); strings.Count(dot, "[label=") != diagramNodes+diagramNodes-1+1 || !strings.Contains(dot, `"and 201 nodes more"`) {
		t.Errorf("%d labels:\n%s", strings.Count(dot, "[label="), dot[:500])
	}
	if m := asFormat(t, p, "mermaid"); !strings.Contains(m, `m0["and 201 nodes more"]`) {
		t.Error(m[:500])
	}
	if text := asFormat(t, p, "text"); !strings.Contains(text, "… and 401 nodes more: -f json has them") || !strings.Contains(text, "Timeline: 500 events\n  2026-03-02T10:00:00Z  #0        sts AssumeRole ×500 until") {
		t.Error(text)
	}
}
