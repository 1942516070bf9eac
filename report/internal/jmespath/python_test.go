package jmespath

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
)

// The interpreter of the AWS CLI is a Python library. Where it is installed, it must agree.
const judge = `
import json, sys, warnings, jmespath
warnings.simplefilter('ignore')
for line in sys.stdin:
    case = json.loads(line)
    try:
        print(json.dumps(jmespath.search(case['e'], case['v']), separators=(',', ':')))
    except Exception as x:
        print('error', type(x).__name__)
`

func TestAgreesWithPython(t *testing.T) {
	if out, err := exec.Command("python3", "-c", "import jmespath").CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	g := &generator{rand.New(rand.NewPCG(1, 2))}
	var in bytes.Buffer
	var cases [][2]string
	for range 4000 {
		value, _ := appendASCII(nil, g.value(0))
		c := [2]string{g.expression(0), string(value)}
		cases = append(cases, c)
		e, _ := json.Marshal(c[0])
		fmt.Fprintf(&in, `{"e":%s,"v":%s}`+"\n", e, c[1])
	}
	cmd := exec.Command("python3", "-c", judge)
	cmd.Stdin = &in
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<20)
	failed := 0
	for _, c := range cases {
		if !lines.Scan() {
			t.Fatal("too few answers")
		}
		value, err := Decode([]byte(c[1]))
		if err != nil {
			t.Fatal(err)
		}
		got, want := search(c[0], value), lines.Text()
		if strings.HasPrefix(want, "error") {
			failed++
			want, got = "error", strings.Fields(got)[0]
		}
		if got != want && !strings.Contains(got, "64 bits") && !strings.HasPrefix(got, "error merge()") {
			t.Errorf("%s\non   %s\ngot  %s\nwant %s", c[0], c[1], got, want)
		}
	}
	if failed > len(cases)*2/3 {
		t.Errorf("%d of %d cases are errors: the test shows little", failed, len(cases))
	}
}

// A generator makes random values and expressions that have something to do with each other.
type generator struct{ *rand.Rand }

func (g *generator) of(choices ...string) string { return choices[g.IntN(len(choices))] }

func (g *generator) value(depth int) any {
	switch n := g.IntN(10); {
	case depth < 4 && n < 3:
		list := []any{}
		for range g.IntN(4) {
			list = append(list, g.value(depth+1))
		}
		return list
	case depth < 4 && n < 7 || depth == 0:
		o := &Object{}
		for range g.IntN(5) {
			o.Set(g.of("a", "b", "c", "d", "x y"), g.value(depth+1))
		}
		return o
	}
	scalars := []any{nil, true, false, int64(0), int64(1), int64(-3), 1.5, 2.0, "", "a", "b", "abc", " 12 ", "\u00e9"}
	return scalars[g.IntN(len(scalars))]
}

func (g *generator) name() string { return g.of("a", "b", "c", "d", `"x y"`) }

func (g *generator) expression(depth int) string {
	e := func() string { return g.expression(depth + 1) }
	one := func() string {
		return g.of("abs", "avg", "ceil", "floor", "keys", "length", "max", "min", "reverse", "sort", "sum", "to_array", "to_number",
			"to_string", "type", "values", "not_null", "merge")
	}
	if depth > 3 || g.IntN(5) == 0 {
		return g.of(g.name(), g.name(), "@", "`1`", "`true`", "'b'", "`abc`", "`[1,\"a\"]`", `{a: @}`, "`1.50`")
	}
	switch g.IntN(12) {
	case 0, 1, 2:
		return e() + g.of(".", " . ") + g.of(g.name(), "*", "["+e()+", "+e()+"]", "{a: "+e()+", b: "+e()+"}", one()+"(@)")
	case 3, 4, 5:
		return e() + g.of("[0]", "[-1]", "[*]", "[]", "[1:]", "[::-1]", "[:2]", "[3:0:-1]", "[?"+e()+"]", "[?"+e()+g.of("==", "!=", "<", ">=")+e()+"]")
	case 6:
		return e() + g.of(" | ", " || ", " && ", " == ", " != ", " < ", " >= ") + e()
	case 7:
		return g.of("!"+e(), "("+e()+")", "*", "[*]", "[]")
	case 8:
		return g.of("["+e()+", "+e()+"]", "{c: "+e()+", a: "+e()+"}")
	case 9, 10:
		return one() + "(" + e() + ")"
	}
	return g.of("contains("+e()+", "+e()+")", "starts_with("+e()+", 'a')", "join('-', "+e()+")", "map(&"+e()+", "+e()+")",
		"sort_by("+e()+", &"+e()+")", "max_by("+e()+", &"+e()+")", "not_null("+e()+", "+e()+")")
}
