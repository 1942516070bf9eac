package report

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strconv"
)

// A redacted is a text that is replaced, and what it is.
type redacted struct{ kind, text string }

// A redactionTable gives texts their pseudonyms.
type redactionTable interface {
	// replace returns what stands for a text. known says that it is a name, which is
	// replaced wherever it stands as a token, even where it could be a word.
	replace(r redacted, known bool) string
	// known reports whether a token is such a name.
	known(text string) bool
}

// maxRedacted bounds what a table takes, in bytes: it is in memory.
const maxRedacted = 256 << 20

// redactedSize is about what the table takes for each text beside the text.
const redactedSize = 96

// A redactionList gathers texts, in the order in which they are met first.
type redactionList struct {
	at    map[string]int
	all   []redactedText
	bytes int
}

type redactedText struct {
	redacted
	known     bool
	pseudonym string
}

// replace implements redactionTable: it gathers, and replaces nothing.
func (l *redactionList) replace(r redacted, known bool) string {
	if n, ok := l.at[r.text]; ok {
		l.all[n].known = l.all[n].known || known
		return r.text
	}
	if l.at == nil {
		l.at = make(map[string]int)
	}
	l.at[r.text] = len(l.all)
	l.all = append(l.all, redactedText{redacted: r, known: known})
	l.bytes += len(r.text) + redactedSize
	return r.text
}

// known implements redactionTable: while texts are gathered, every token is looked at for what it is.
func (l *redactionList) known(string) bool { return false }

// join adds what another list gathered.
func (l *redactionList) join(o *redactionList) error {
	for i := range o.all {
		l.replace(o.all[i].redacted, o.all[i].known)
	}
	if l.bytes > maxRedacted {
		return fmt.Errorf("the names to replace take more than the %d MiB that their table may take: a filter makes them no fewer, a case of a part of the evidence does", maxRedacted>>20)
	}
	return nil
}

// freeze gives every text its pseudonym, by what it is and in the order of the list. No pseudonym
// is a text of the case.
func (l *redactionList) freeze() *frozenRedaction {
	counts := make(map[string]int)
	for i := range l.all {
		t := &l.all[i]
		for {
			counts[t.kind]++
			t.pseudonym = pseudonym(t.kind, t.text, counts[t.kind])
			if _, taken := l.at[t.pseudonym]; !taken {
				break
			}
		}
	}
	return &frozenRedaction{l}
}

// pseudonym returns the nth pseudonym of a kind. It has the form of what it stands for where others check that:
// addresses are of ranges that nobody has (240.0.0.0/4 and 3fff::/20), accounts have twelve digits, keys their prefix.
func pseudonym(kind, text string, n int) string {
	switch kind {
	case "account":
		return strconv.FormatInt(900_000_000_000+int64(n), 10)
	case "ipv4":
		return netip.AddrFrom4([4]byte{240 + byte(n>>24)&15, byte(n >> 16), byte(n >> 8), byte(n)}).String()
	case "ipv6":
		return netip.AddrFrom16([16]byte{0x3f, 0xff, 12: byte(n >> 24), 13: byte(n >> 16), 14: byte(n >> 8), 15: byte(n)}).String()
	}
	if isKeyID(text) && kind == text[:4] {
		return fmt.Sprintf("%sREDACTED%08d", kind, n)
	}
	return kind + "-" + strconv.Itoa(n) + extension.FindString(text)
}

// A frozenRedaction is a table that many goroutines may use.
type frozenRedaction struct{ list *redactionList }

// unknownRedacted stands for what was not in the case when its texts were gathered, such as the rest of a name that was cut.
const unknownRedacted = "redacted"

// replace implements redactionTable.
func (f *frozenRedaction) replace(r redacted, _ bool) string {
	if n, ok := f.list.at[r.text]; ok {
		return f.list.all[n].pseudonym
	}
	return unknownRedacted
}

// known implements redactionTable.
func (f *frozenRedaction) known(text string) bool {
	n, ok := f.list.at[text]
	return ok && f.list.all[n].known
}

// writeKeys writes the table, as lines of JSON.
func (f *frozenRedaction) writeKeys(w io.Writer) error {
	out := bufio.NewWriter(w)
	for i := range f.list.all {
		t := &f.list.all[i]
		b := appendJSONString([]byte(`{"pseudonym":`), t.pseudonym)
		b = appendJSONString(append(b, `,"original":`...), t.text)
		b = appendJSONString(append(b, `,"kind":`...), t.kind)
		if _, err := out.Write(append(b, "}\n"...)); err != nil {
			return err
		}
	}
	return out.Flush()
}
