package scan

import (
	"encoding/json"
	"reflect"
	"testing"
)

// filled sets every field of a struct to something that is not zero.
func filled(v reflect.Value, n *int64) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			filled(v.Field(i), n)
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 3, 3))
		for i := range 3 {
			filled(v.Index(i), n)
		}
	case reflect.String:
		v.SetString("text " + string(rune('A'+*n)) + " ü\x00\"")
	case reflect.Uint64:
		v.SetUint(uint64(*n) << 40)
	case reflect.Int, reflect.Int64:
		v.SetInt(-*n << 33)
	default:
		panic(v.Kind())
	}
}

// An object's line holds all that its JSON does: a field that was added and is not written fails.
func TestObjectLine(t *testing.T) {
	var full Object
	n := int64(0)
	filled(reflect.ValueOf(&full).Elem(), &n)
	odd := Object{Path: "a\xff\xfeb", Reason: "\xe2\x82", Notes: []string{"\xed\xa0\x80"}, Problems: []Problem{{Text: "x\x80"}}}
	for _, o := range []Object{{}, full, odd, {Status: Parsed, Problems: []Problem{{Offset: -1, Index: -1}}}} {
		var want Object
		if err := json.Unmarshal(encodeJSON(&o), &want); err != nil {
			t.Fatal(err)
		}
		line := o.append(nil)
		if got, err := decodeObject(line); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%v\n%+v\nwanted\n%+v", err, got, want)
		}
		for i := range line {
			if _, err := decodeObject(line[:i]); err == nil {
				t.Errorf("%d of %d bytes are taken for an object", i, len(line))
			}
		}
		if _, err := decodeObject(append(line, 0)); err == nil {
			t.Error("a byte too many is taken")
		}
	}
}
