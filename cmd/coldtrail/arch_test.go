package main

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/coldtrail/coldtrail/"

// mayImport is the design's picture: what of ours each package may import. The
// line is parser ← detect ← scan ← report ← cmd.
var mayImport = map[string][]string{
	"parser":                   {},
	"detect":                   {"parser"},
	"detect/sigma":             {"parser", "detect"},
	"detect/rules":             {"parser", "detect", "detect/sigma"},
	"scan/internal/extsort":    {},
	"scan/internal/columns":    {},
	"scan/internal/unpack":     {},
	"scan/custody":             {},
	"scan/integrity":           {"scan/internal/extsort"},
	"scan":                     {"parser", "detect", "scan/custody", "scan/integrity", "scan/internal/extsort", "scan/internal/columns", "scan/internal/unpack"},
	"report/internal/jmespath": {},
	"report":                   {"parser", "detect", "detect/rules", "scan", "scan/custody", "scan/integrity", "report/internal/jmespath"},
	"report/query":             {"report"},
	"report/serve":             {"parser", "detect", "detect/rules", "scan", "scan/integrity", "report", "report/query"},
	"fixtures":                 {},
	"cmd/coldtrail":            {"parser", "detect", "detect/sigma", "detect/rules", "scan", "scan/custody", "scan/integrity", "report", "report/query", "report/serve", "fixtures"},
}

// testsMayImport besides.
var testsMayImport = []string{"fixtures"}

// testsMayImportToo is what the tests of one package may import to make a case.
var testsMayImportToo = map[string][]string{"report/query": {"scan", "detect"}}

// onlyIn says which packages may import a library directly; none: nobody.
var onlyIn = map[string][]string{
	"github.com/alecthomas/kong":           {"cmd/coldtrail"},
	"github.com/schollz/progressbar/v3":    {"cmd/coldtrail"},
	"github.com/duckdb/duckdb-go/v2":       {}, // but files with a build tag, which the program never has
	"github.com/duckdb/duckdb-go-bindings": {"report/query"},
	"golang.org/x/crypto/ssh":              {"scan/custody"},
	"github.com/hiddeco/sshsig":            {"scan/custody"},
	"aead.dev/minisign":                    {"scan/custody"},
	"net":                                  {"report/serve"}, // to listen on loopback
	"net/http":                             {"report/serve"},
	"log":                                  {"report/serve"}, // for http.Server
	"log/slog":                             {},
	"github.com/stretchr/testify/assert":   {},
	"github.com/stretchr/testify/require":  {},
}

type listedPackage struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (all []listedPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-pgo=off", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip(err)
	} else if err != nil {
		t.Fatal(err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestImports(t *testing.T) {
	listed := packages(t)
	if len(listed) < len(mayImport) {
		t.Errorf("%d packages, %d are in the picture", len(listed), len(mayImport))
	}
	for _, p := range listed {
		name := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := mayImport[name]
		if !known {
			t.Errorf("package %s is not in the picture", name)
		}
		for _, path := range p.Imports {
			if ours, ok := strings.CutPrefix(path, module); ok && !slices.Contains(allowed, ours) {
				t.Errorf("%s imports %s", name, ours)
			}
		}
		tests := slices.Concat(p.TestImports, p.XTestImports)
		for _, path := range tests {
			ours, ok := strings.CutPrefix(path, module)
			if ok && ours != name && !slices.Contains(allowed, ours) && !slices.Contains(testsMayImport, ours) && !slices.Contains(testsMayImportToo[name], ours) {
				t.Errorf("tests of %s import %s", name, ours)
			}
		}
		for _, path := range slices.Concat(p.Imports, tests) {
			if where, limited := onlyIn[path]; limited && !slices.Contains(where, name) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}

// DuckDB is C++: a program that is built without cgo has all but SQL, and links none of it.
func TestProgramWithoutCgoLinksNoDuckDB(t *testing.T) {
	for cgo, want := range map[string]bool{"0": false, "1": true} {
		cmd := exec.Command("go", "list", "-pgo=off", "-deps", ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED="+cgo)
		out, err := cmd.Output()
		if errors.Is(err, exec.ErrNotFound) {
			t.Skip(err)
		} else if err != nil {
			t.Fatal(err)
		}
		deps := strings.Fields(string(out))
		if !slices.Contains(deps, module+"report/query") {
			t.Errorf("%d packages, and report/query is not one of them", len(deps))
		}
		links := slices.ContainsFunc(deps, func(path string) bool { return strings.HasPrefix(path, "github.com/duckdb/") })
		if links != want {
			t.Errorf("CGO_ENABLED=%s: links DuckDB: %t", cgo, links)
		}
	}
}

// progressbar links net/http; one file is where it may be.
func TestOneFileDrawsProgress(t *testing.T) {
	for path, file := range sources(t, ".") {
		for _, spec := range file.Imports {
			if strings.Contains(spec.Path.Value, "progressbar") && path != "progress.go" {
				t.Errorf("%s imports %s", path, spec.Path.Value)
			}
		}
	}
}

// Below cmd nobody asks for the time, the environment or the host; and nothing
// anywhere happens by itself when a package is loaded.
func TestNoAmbientInput(t *testing.T) {
	forbidden := []string{"time.Now", "time.Since", "time.Local", "os.Getenv", "os.LookupEnv", "os.Environ", "os.Hostname", "os.Exit", "fmt.Print", "fmt.Println", "fmt.Printf"}
	for _, dir := range []string{"parser", "detect", "detect/sigma", "scan", "scan/integrity", "scan/internal/extsort", "scan/internal/unpack", "scan/custody", "report", "report/internal/jmespath", "report/query", "report/serve", "fixtures", "cmd/coldtrail"} {
		for path, file := range sources(t, filepath.Join("../..", dir)) {
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.FuncDecl:
					if n.Name.Name == "init" && n.Recv == nil {
						t.Errorf("%s/%s: init", dir, path)
					}
				case *ast.SelectorExpr:
					x, ok := n.X.(*ast.Ident)
					if ok && x.Obj == nil && dir != "cmd/coldtrail" && slices.Contains(forbidden, x.Name+"."+n.Sel.Name) {
						t.Errorf("%s/%s: %s.%s", dir, path, x.Name, n.Sel.Name)
					}
				case *ast.GoStmt:
					if dir == "parser" || strings.HasPrefix(dir, "detect") {
						t.Errorf("%s/%s starts a goroutine", dir, path)
					}
				}
				return true
			})
		}
	}
}

// sources parses the Go files of a directory that are no tests.
func sources(t *testing.T, dir string) map[string]*ast.File {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(names), err)
	}
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = file
	}
	return files
}

// No file is longer than a reader can hold in mind.
func TestSizes(t *testing.T) {
	for dir := range mayImport {
		names, _ := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		for _, name := range names {
			if n := strings.Count(string(readFile(t, name)), "\n"); n > 500 {
				t.Errorf("%s has %s lines", name, strconv.Itoa(n))
			}
		}
	}
	if n := strings.Count(string(readFile(t, "main.go")), "\n"); n > 20 {
		t.Errorf("main.go has %d lines", n)
	}
}
