package detect

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// What is remembered is what would be found out anew, whoever asks, in whatever order, and whatever becomes of the text.
func TestMemo(t *testing.T) {
	m := memo[string]{of: strings.ToUpper}
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for i := range 3 * len(m.kept) {
				text := fmt.Sprint("agent/", (i*7+g)%(2*len(m.kept)))
				buf := []byte(text) // as of a record, which the next one overwrites
				got := m.get(alias(buf))
				clear(buf)
				if want := strings.ToUpper(text); got != want {
					t.Errorf("%q: %q, want %q", text, got, want)
				}
			}
		})
	}
	all.Wait()
}

func TestMemoFindsOutOnce(t *testing.T) {
	asked := 0
	m := memo[int]{of: func(text string) int { asked++; return len(text) }}
	for range 3 {
		if n := m.get("agent/1"); n != 7 {
			t.Fatal(n)
		}
	}
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	long := strings.Repeat("x", maxKept+1)
	if m.get(long); m.get(long) != len(long) || asked != 3 {
		t.Errorf("a text of %d bytes: asked %d times, want one for each", len(long), asked-1)
	}
}

// What ParseUserAgent returns outlives the text.
func TestParsedUserAgentIsOwned(t *testing.T) {
	buf := []byte("aws-cli/2.27.42 os/linux#6.8.0-of-this-test")
	u := ParseUserAgent(alias(buf))
	clear(buf)
	if u.Tool != "aws-cli" || u.OSVersion != "6.8.0-of-this-test" {
		t.Errorf("%+v", u)
	}
}
