package report

import (
	"bytes"
	"encoding"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coldtrail/coldtrail/detect"
)

// A schemaMaker makes the JSON Schema of types, with their comments as descriptions.
type schemaMaker struct {
	t    *testing.T
	defs map[string]any
	said map[string]string // comments, by package.Type and package.Type.Field
}

// schemaTexts are the values of types that write themselves as texts; nil: any.
var schemaTexts = map[reflect.Type][]string{
	reflect.TypeFor[detect.Severity]():   detect.Severities[:],
	reflect.TypeFor[detect.NodeKind]():   nil,
	reflect.TypeFor[detect.Confidence](): nil,
}

// makeSchema returns the schema of Model.
func makeSchema(t *testing.T) []byte {
	t.Helper()
	m := &schemaMaker{t: t, defs: map[string]any{}, said: map[string]string{}}
	for _, dir := range []string{".", "../scan", "../scan/integrity", "../detect"} {
		m.comments(dir)
	}
	root := m.object(reflect.TypeFor[Model]())
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = "urn:coldtrail:report:1"
	root["title"] = "report.json of a case of coldtrail, version 1"
	root["$defs"] = m.defs
	root["properties"].(map[string]any)["schema"] = map[string]any{"const": "coldtrail report 1", "description": "The version: within it members are added and none changes or goes."}
	b, err := appendJSON(nil, root, "  ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// comments reads what the source says of exported types and fields.
func (m *schemaMaker) comments(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		m.t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			m.t.Fatal(err)
		}
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				continue
			}
			for _, spec := range decl.Specs {
				m.typeComments(f.Name.Name, decl, spec.(*ast.TypeSpec))
			}
		}
	}
}

func (m *schemaMaker) typeComments(pkg string, decl *ast.GenDecl, spec *ast.TypeSpec) {
	name := pkg + "." + spec.Name.Name
	doc := spec.Doc
	if doc == nil {
		doc = decl.Doc
	}
	m.said[name] = oneLine(doc)
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range fields.Fields.List {
		for _, n := range f.Names {
			m.said[name+"."+n.Name] = strings.TrimSpace(oneLine(f.Doc) + " " + oneLine(f.Comment))
		}
	}
}

func oneLine(c *ast.CommentGroup) string {
	if c == nil {
		return ""
	}
	return strings.Join(strings.Fields(c.Text()), " ")
}

// of returns the schema of a value of a type.
func (m *schemaMaker) of(t reflect.Type) map[string]any {
	values, named := schemaTexts[t]
	switch {
	case named && values != nil:
		return map[string]any{"enum": values}
	case named:
		return map[string]any{"type": "string"}
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
	case t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]()):
		m.t.Fatalf("%v writes itself: say in schemaTexts what it writes", t)
	}
	switch t.Kind() {
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int, reflect.Int64, reflect.Int32, reflect.Uint64, reflect.Uint32, reflect.Uint8:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{m.of(t.Elem()), map[string]any{"type": "null"}}}
	case reflect.Slice, reflect.Array:
		return map[string]any{"type": []string{"array", "null"}, "items": m.of(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": m.of(t.Elem())}
	case reflect.Struct:
		if _, ok := m.defs[t.Name()]; !ok {
			m.defs[t.Name()] = nil // it may hold itself
			m.defs[t.Name()] = m.object(t)
		}
		return map[string]any{"$ref": "#/$defs/" + t.Name()}
	}
	m.t.Fatalf("no schema for %v", t)
	return nil
}

// object returns the schema of a struct, with the members of what is embedded in it.
func (m *schemaMaker) object(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	m.members(t, properties, &required)
	slices.Sort(required)
	o := map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	if said := m.said[t.String()]; said != "" {
		o["description"] = said
	}
	return o
}

func (m *schemaMaker) members(t reflect.Type, properties map[string]any, required *[]string) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			m.members(inner, properties, required)
			continue
		}
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		p := m.of(f.Type)
		if said := m.said[t.String()+"."+f.Name]; said != "" {
			p["description"] = said
		}
		properties[name] = p
		if !strings.Contains(options, "omit") {
			*required = append(*required, name)
		}
	}
}

// The schema in the repository is the one of the types: whoever adds a field to Model finds it here.
func TestSchemaIsOfTheModel(t *testing.T) {
	made := makeSchema(t)
	if *update {
		if err := os.WriteFile(filepath.Join("schema", "report.schema.json"), made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if bytes.Equal(made, Schema) {
		return
	}
	a, b := strings.Split(string(made), "\n"), strings.Split(string(Schema), "\n")
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			t.Fatalf("Model, or what it says of its fields, was changed, and its schema was not: go test ./report -run TestSchemaIsOfTheModel -update makes it anew. It differs from line %d:\n%s", i+1, a[i])
		}
	}
	t.Fatal("the schema has lines that Model does not make: go test ./report -run TestSchemaIsOfTheModel -update")
}
