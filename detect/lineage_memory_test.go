package detect

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

func TestInt48(t *testing.T) {
	const most = 1<<47 - 1
	for _, n := range []int64{0, 1, -1, 1 << 31, -1 << 31, 1<<32 - 1, 1 << 32, 1_772_409_600, -62_135_596_800, 253_402_300_799, most, -most - 1} {
		if got := int48Of(n).get(); got != n {
			t.Errorf("%d: %d", n, got)
		}
	}
	for n, want := range map[int64]int64{most + 1: most, math.MaxInt64: most, math.MinInt64: -most - 1} {
		if got := int48Of(n).get(); got != want {
			t.Errorf("%d: %d, want %d", n, got, want)
		}
	}
}

func TestPieces(t *testing.T) {
	var p pieces[int]
	const n = 3<<pieceBits + 1
	first := (*int)(nil)
	for i := range n {
		if at := p.add(i * i); at != int32(i) {
			t.Fatalf("%d went to %d", i, at)
		}
		if i == 0 {
			first = p.at(0)
		}
	}
	*first = -1
	for i := range n {
		if want := i * i; i > 0 && *p.at(int32(i)) != want {
			t.Errorf("%d: %d", i, *p.at(int32(i)))
		}
	}
	if p.n != n || *p.at(0) != -1 {
		t.Errorf("%d things, the first %d: it was copied away from who points to it", p.n, *p.at(0))
	}
}

// Names of all lengths, about those of a piece and of several, stay what they were put in as.
func TestLineageNames(t *testing.T) {
	var s lineageNames
	places := map[uint32]string{}
	lengths := []int{0, 1, 20, 127, 128, nameBytes - 3, nameBytes - 2, nameBytes - 1, nameBytes, nameBytes + 1, 2*nameBytes - 3, 2*nameBytes - 2, 2 * nameBytes, 5*nameBytes + 7}
	for round := range 400 {
		for _, n := range lengths {
			if n > 1000 && round%50 > 0 {
				continue
			}
			name := strings.Repeat(string(rune('a'+round%26)), n)
			at, ok := s.put(name)
			if !ok || n > 0 && places[at] != "" {
				t.Fatalf("%d bytes: place %d, %t", n, at, ok)
			}
			places[at] = name
		}
	}
	for at, name := range places {
		if got := s.get(at); got != name {
			t.Errorf("%d: %d bytes %.9q, want %d %.9q", at, len(got), got, len(name), name)
		}
	}
	full := lineageNames{all: make([][]byte, math.MaxUint32/nameBytes)}
	if at, ok := full.put("x"); ok {
		t.Errorf("behind 4 GiB: place %d", at)
	}
}

// What was filed is found, by kind and name, and of two of one name the last.
func TestLineageIndex(t *testing.T) {
	l := NewLineage(0)
	const n = 10_000
	name := func(i int) string { return fmt.Sprint("ASIA", i) }
	if l.find(KeyNode, name(0)) != noNode {
		t.Error("found in what is empty")
	}
	for i := range n {
		l.admit(KeyNode, name(i))
		if i%2 == 0 {
			l.admit(PrincipalNode, name(i))
		}
	}
	for i := range n {
		key, principal := l.find(KeyNode, name(i)), l.find(PrincipalNode, name(i))
		if key == noNode || l.nodes.at(key).kind != KeyNode || l.nameOf(key) != name(i) {
			t.Fatalf("%s: %d", name(i), key)
		}
		if (principal != noNode) != (i%2 == 0) || principal == key {
			t.Fatalf("%s: principal %d", name(i), principal)
		}
	}
	again := l.admit(KeyNode, name(7))
	if got := l.find(KeyNode, name(7)); got != again || l.index.used != n+n/2 {
		t.Errorf("%d, want %d; %d used", got, again, l.index.used)
	}
	if l.find(KeyNode, name(n)) != noNode || l.find(SessionNode, name(1)) != noNode {
		t.Error("found what is not there")
	}
}

// A year of four digits is told as it is, however far off, and so is a name longer than a piece of memory.
func TestLineageOfOddTimesAndNames(t *testing.T) {
	long := aliceArn + strings.Repeat("x", 3*nameBytes)
	for _, start := range []string{"0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "9999-12-31T23:59:59Z"} {
		l := NewLineage(0)
		c := Caller{Type: "AssumedRole", Principal: long, SessionStart: start}
		at, err := time.Parse(time.RFC3339, start)
		if err != nil {
			t.Fatal(err)
		}
		l.See(&c, at, at, 3)
		l.Settle()
		id, ok := l.Of(&c)
		n := l.Node(id)
		if !ok || n.Kind != SessionNode || n.Principal != long || !n.Started.Equal(at) || !n.First.Equal(at) || !n.Last.Equal(at) || n.Calls != 3 || n.Name != "" {
			t.Errorf("%s: %s, %s to %s, %d calls", start, n.Started, n.First, n.Last, n.Calls)
		}
	}
}
