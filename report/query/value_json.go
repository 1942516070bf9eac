package query

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/coldtrail/coldtrail/report"
)

// AppendJSON appends a value as JSON: numbers as numbers, times as texts (RFC 3339, UTC),
// structs and maps as objects in their own order, bytes in base64. NaN and the infinities, which
// JSON has no numbers for, are texts. JSON that a query returns is a text: it may not be valid.
func AppendJSON(dst []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...)
	case string:
		return report.AppendJSONString(dst, v)
	case bool:
		return strconv.AppendBool(dst, v)
	case int64:
		return strconv.AppendInt(dst, v, 10)
	case float64:
		return appendJSONDouble(dst, v, 64)
	case float32:
		return appendJSONDouble(dst, float64(v), 32)
	case Number:
		return append(dst, v...)
	case time.Time:
		return v.AppendFormat(dst, `"`+time.RFC3339Nano+`"`)
	case ZonedTime:
		return v.AppendFormat(dst, `"`+time.RFC3339Nano+`"`)
	case Date:
		return v.AppendFormat(dst, `"`+time.DateOnly+`"`)
	case []byte:
		return append(base64.StdEncoding.AppendEncode(append(dst, '"'), v), '"')
	case []any:
		dst = append(dst, '[')
		for i, e := range v {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSON(dst, e)
		}
		return append(dst, ']')
	case Struct:
		dst = append(dst, '{')
		for i, f := range v {
			if f.Name == "" {
				f.Name = "field" + strconv.Itoa(i)
			}
			dst = appendMember(dst, i, f.Name, f.Value)
		}
		return append(dst, '}')
	case Map:
		dst = append(dst, '{')
		for i, e := range v {
			dst = appendMember(dst, i, Text(e.Key), e.Value)
		}
		return append(dst, '}')
	}
	panic("query: a value of a type that results do not have")
}

func appendMember(dst []byte, i int, name string, v any) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	dst = append(report.AppendJSONString(dst, name), ':')
	return AppendJSON(dst, v)
}

func appendJSONDouble(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(appendDouble(append(dst, '"'), f, bits), '"')
	}
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		format = 'e' // as encoding/json has it
	}
	return strconv.AppendFloat(dst, f, format, -1, bits)
}
