//go:build cgo

package query

import (
	"maps"
	"slices"
	"strings"
	"testing"
)

// nullCases are what each function answers where an argument is NULL. Functions without arguments
// have a case that says what they are.
var nullCases = map[string]string{
	"concat": "concat('a', NULL)=–", "concat_ws": "concat_ws(NULL, 'a')=–", "if": "if(NULL, 1)=–", "format": "format('%s|%d', CAST(NULL AS VARCHAR), CAST(NULL AS BIGINT))=null|null",
	"now": "now() IS NULL=false", "at_timezone": "at_timezone(CAST(NULL AS TIMESTAMP), 'UTC')=–", "with_timezone": "with_timezone(CAST(NULL AS TIMESTAMP), 'UTC')=–", "from_unixtime": "from_unixtime(NULL)=–",
	"approx_distinct": "approx_distinct(x) FROM (VALUES CAST(NULL AS VARCHAR)) AS t (x)=0", "approx_percentile": "approx_percentile(x, 0.5) FROM (VALUES CAST(NULL AS BIGINT)) AS t (x)=–",
	"avg": "avg(x) FROM (VALUES CAST(NULL AS BIGINT)) AS t (x)=–", "sum": "sum(x) FROM (VALUES CAST(NULL AS BIGINT)) AS t (x)=–",
	"arbitrary": "arbitrary(x) FROM (VALUES CAST(NULL AS BIGINT)) AS t (x)=–", "every": "every(x) FROM (VALUES CAST(NULL AS BOOLEAN)) AS t (x)=–",
	"max_by": "max_by(x, y) FROM (VALUES (1, CAST(NULL AS BIGINT))) AS t (x, y)=–", "min_by": "min_by(x, y) FROM (VALUES (1, CAST(NULL AS BIGINT))) AS t (x, y)=–",
	"map_agg": "map_agg(k, v) FROM (VALUES (CAST(NULL AS VARCHAR), 1)) AS t (k, v)=–", "multimap_agg": "multimap_agg(k, v) FROM (VALUES (CAST(NULL AS VARCHAR), 1)) AS t (k, v)=–",
	"map_union": "map_union(m) FROM (VALUES CAST(NULL AS MAP(VARCHAR, BIGINT))) AS t (m)=–", "transform": "transform(NULL, x -> x)=–", "filter": "filter(CAST(NULL AS ARRAY(BIGINT)), x -> true)=–",
	"any_match": "any_match(CAST(NULL AS ARRAY(BIGINT)), x -> true)=–", "all_match": "all_match(CAST(NULL AS ARRAY(BIGINT)), x -> true)=–", "none_match": "none_match(CAST(NULL AS ARRAY(BIGINT)), x -> true)=–",
	"zip_with": "zip_with(CAST(NULL AS ARRAY(BIGINT)), ARRAY[1], (x, y) -> y)=–", "map_filter": "map_filter(CAST(NULL AS MAP(VARCHAR, BIGINT)), (k, v) -> true)=–",
	"transform_values": "transform_values(CAST(NULL AS MAP(VARCHAR, BIGINT)), (k, v) -> v)=–", "transform_keys": "transform_keys(CAST(NULL AS MAP(VARCHAR, BIGINT)), (k, v) -> k)=–",
	"array_sort": "array_sort(CAST(NULL AS ARRAY(BIGINT)))=–", "cardinality": "cardinality(CAST(NULL AS MAP(VARCHAR, BIGINT)))=–", "contains": "contains(NULL, 1)=–", "sequence": "sequence(1, NULL)=–",
	"regexp_replace": "regexp_replace(NULL, 'a', 'b')=–", "regexp_like": "regexp_like(NULL, 'a')=–", "regexp_extract": "regexp_extract(NULL, 'a')=–", "regexp_extract_all": "regexp_extract_all(NULL, 'a')=–",
	"regexp_count": "regexp_count(NULL, 'a')=–", "regexp_split": "regexp_split(NULL, 'a')=–", "regexp_position": "regexp_position(NULL, 'a')=–",
	"json_extract": "json_extract(NULL, '$.a')=–", "json_extract_scalar": "json_extract_scalar(NULL, '$.a')=–", "json_size": "json_size(NULL, '$')=–", "json_array_length": "json_array_length(NULL)=–",
	"json_array_get": "json_array_get(NULL, 0)=–", "json_array_contains": "json_array_contains(NULL, 1)=–", "json_parse": "json_parse(NULL)=–", "json_format": "json_format(CAST(NULL AS JSON))=–", "is_json_scalar": "is_json_scalar(NULL)=–",
	"date_add": "date_add('day', 1, CAST(NULL AS DATE))=–", "date_diff": "date_diff('day', NULL, DATE '2026-01-01')=–", "date_trunc": "date_trunc('hour', CAST(NULL AS TIMESTAMP))=–", "try": "try(CAST(NULL AS BIGINT))=–",
	"date_format": "date_format(CAST(NULL AS TIMESTAMP), '%Y')=–", "date_parse": "date_parse(NULL, '%Y')=–", "format_datetime": "format_datetime(CAST(NULL AS TIMESTAMP), 'yyyy')=–", "parse_datetime": "parse_datetime(NULL, 'yyyy')=–",
	"array_distinct": "array_distinct(CAST(NULL AS ARRAY(BIGINT)))=–", "array_except": "array_except(CAST(NULL AS ARRAY(BIGINT)), ARRAY[1])=–", "array_first": "array_first(CAST(NULL AS ARRAY(BIGINT)))=–", "array_intersect": "array_intersect(ARRAY[1], CAST(NULL AS ARRAY(BIGINT)))=–",
	"array_join": "array_join(CAST(NULL AS ARRAY(VARCHAR)), ',')=–", "array_last": "array_last(CAST(NULL AS ARRAY(BIGINT)))=–", "array_max": "array_max(ARRAY[1, NULL])=–", "array_min": "array_min(ARRAY[1, NULL])=–",
	"array_position": "array_position(ARRAY['a'], NULL)=–", "array_remove": "array_remove(ARRAY[1], NULL)=–", "array_union": "array_union(CAST(NULL AS ARRAY(BIGINT)), ARRAY[1])=–", "arrays_overlap": "arrays_overlap(NULL, ARRAY[1])=–",
	"element_at": "element_at(CAST(NULL AS MAP(VARCHAR, BIGINT)), 'x')=–", "flatten": "flatten(NULL)=–", "map_concat": "map_concat(MAP(ARRAY['a'], ARRAY[1]), CAST(NULL AS MAP(VARCHAR, INTEGER)))=–",
	"map_entries": "map_entries(CAST(NULL AS MAP(VARCHAR, BIGINT)))=–", "map_from_entries": "map_from_entries(CAST(NULL AS ARRAY(ROW(k VARCHAR, v BIGINT))))=–", "map_keys": "map_keys(CAST(NULL AS MAP(VARCHAR, BIGINT)))=–", "map_values": "map_values(CAST(NULL AS MAP(VARCHAR, BIGINT)))=–",
	"reduce": "reduce(CAST(NULL AS ARRAY(BIGINT)), 0, (s, x) -> s + x, s -> 7)=–", "repeat": "repeat(CAST(NULL AS VARCHAR), 2)=[null, null]", "reverse": "reverse(CAST(NULL AS VARCHAR))=–", "slice": "slice(NULL, 1, 1)=–", "trim_array": "trim_array(CAST(NULL AS ARRAY(BIGINT)), 1)=–", "zip": "zip(NULL, ARRAY[1])=–",
	"bitwise_and": "bitwise_and(12, NULL)=–", "bitwise_not": "bitwise_not(NULL)=–", "bitwise_or": "bitwise_or(12, NULL)=–", "bitwise_xor": "bitwise_xor(12, NULL)=–",
	"codepoint": "codepoint(NULL)=–", "ends_with": "ends_with(NULL, 'a')=–", "from_base64": "from_base64(NULL)=–", "from_hex": "from_hex(NULL)=–", "from_utf8": "from_utf8(NULL)=–", "hamming_distance": "hamming_distance(NULL, 'a')=–", "length": "length(NULL)=–",
	"levenshtein_distance": "levenshtein_distance('a', NULL)=–", "lpad": "lpad(NULL, 5, 'x')=–", "rpad": "rpad(NULL, 5, 'x')=–", "md5": "md5(CAST(NULL AS VARBINARY))=–", "sha1": "sha1(CAST(NULL AS VARBINARY))=–", "sha256": "sha256(CAST(NULL AS VARBINARY))=–",
	"normalize": "normalize(NULL)=–", "replace": "replace('abc', 'b', NULL)=–", "split": "split(NULL, ',')=–", "split_part": "split_part(NULL, ',', 1)=–", "split_to_map": "split_to_map(NULL, ',', '=')=–", "split_to_multimap": "split_to_multimap(NULL, ',', '=')=–",
	"starts_with": "starts_with(NULL, 'a')=–", "strpos": "strpos(NULL, 'a')=–", "substr": "substr('a', NULL)=–", "substring": "substring(NULL, 1)=–", "to_base64": "to_base64(CAST(NULL AS VARBINARY))=–", "to_hex": "to_hex(CAST(NULL AS VARBINARY))=–", "to_utf8": "to_utf8(NULL)=–",
	"translate": "translate(NULL, 'a', 'b')=–", "trim": "trim(NULL)=–", "ltrim": "ltrim(NULL)=–", "rtrim": "rtrim(NULL)=–", "chr": "chr(NULL)=–", "upper": "upper(NULL)=–", "lower": "lower(NULL)=–",
	"url_decode": "url_decode(NULL)=–", "url_encode": "url_encode(NULL)=–", "url_extract_fragment": "url_extract_fragment(NULL)=–", "url_extract_host": "url_extract_host(NULL)=–", "url_extract_parameter": "url_extract_parameter(NULL, 'a')=–", "url_extract_path": "url_extract_path(NULL)=–",
	"url_extract_port": "url_extract_port(NULL)=–", "url_extract_protocol": "url_extract_protocol(NULL)=–", "url_extract_query": "url_extract_query(NULL)=–",
	"current_timezone": "current_timezone()=UTC", "date": "date(NULL)=–", "day_of_month": "day_of_month(CAST(NULL AS DATE))=–", "day_of_week": "day_of_week(CAST(NULL AS DATE))=–", "day_of_year": "day_of_year(CAST(NULL AS DATE))=–", "dow": "dow(CAST(NULL AS DATE))=–", "doy": "doy(CAST(NULL AS DATE))=–",
	"day": "day(CAST(NULL AS DATE))=–", "month": "month(CAST(NULL AS DATE))=–", "year": "year(CAST(NULL AS DATE))=–", "quarter": "quarter(CAST(NULL AS DATE))=–", "hour": "hour(CAST(NULL AS TIMESTAMP))=–", "minute": "minute(CAST(NULL AS TIMESTAMP))=–", "second": "second(CAST(NULL AS TIMESTAMP))=–",
	"from_iso8601_date": "from_iso8601_date(NULL)=–", "from_iso8601_timestamp": "from_iso8601_timestamp(NULL)=–", "last_day_of_month": "last_day_of_month(CAST(NULL AS DATE))=–", "millisecond": "millisecond(CAST(NULL AS TIMESTAMP))=–", "to_iso8601": "to_iso8601(CAST(NULL AS DATE))=–", "to_unixtime": "to_unixtime(CAST(NULL AS TIMESTAMP))=–",
	"week": "week(CAST(NULL AS DATE))=–", "week_of_year": "week_of_year(CAST(NULL AS DATE))=–", "year_of_week": "year_of_week(CAST(NULL AS DATE))=–", "yow": "yow(CAST(NULL AS DATE))=–",
	"abs": "abs(CAST(NULL AS BIGINT))=–", "e": "e() > 2.7=true", "greatest": "greatest(1, NULL)=–", "least": "least(NULL, 1)=–", "infinity": "infinity()=Infinity", "is_finite": "is_finite(NULL)=–", "is_infinite": "is_infinite(NULL)=–", "is_nan": "is_nan(NULL)=–", "nan": "nan()=NaN",
	"log": "log(2, NULL)=–", "mod": "mod(5, NULL)=–", "power": "power(NULL, 2)=–", "pow": "pow(NULL, 2)=–", "rand": "rand() IS NULL=false", "random": "random(3) IS NULL=false", "round": "round(NULL)=–", "sign": "sign(CAST(NULL AS BIGINT))=–", "to_base": "to_base(NULL, 16)=–", "truncate": "truncate(CAST(NULL AS DOUBLE))=–",
	"ceil": "ceil(CAST(NULL AS DOUBLE))=–", "ceiling": "ceiling(CAST(NULL AS DOUBLE))=–", "floor": "floor(CAST(NULL AS DOUBLE))=–", "sqrt": "sqrt(CAST(NULL AS DOUBLE))=–", "geometric_mean": "geometric_mean(x) FROM (VALUES CAST(NULL AS DOUBLE)) AS t (x)=–", "histogram": "histogram(x) FROM (VALUES CAST(NULL AS VARCHAR)) AS t (x)=–",
	"count_if": "count_if(x) FROM (VALUES CAST(NULL AS BOOLEAN)) AS t (x)=0", "listagg": "listagg(x, ',') WITHIN GROUP (ORDER BY x) FROM (VALUES CAST(NULL AS VARCHAR)) AS t (x)=–", "array_agg": "array_agg(x) FROM (VALUES CAST(NULL AS BIGINT)) AS t (x)=[null]",
	"coalesce": "coalesce(NULL, NULL)=–", "nullif": "nullif(NULL, 1)=–", "position": "position('x' IN NULL)=–", "map": "map(CAST(NULL AS ARRAY(VARCHAR)), CAST(NULL AS ARRAY(VARCHAR)))=–",
}

func TestNULL(t *testing.T) {
	var cases []dialectCase
	for _, name := range slices.Sorted(maps.Keys(nullCases)) {
		i := strings.LastIndexByte(nullCases[name], '=')
		expr, want := nullCases[name][:i], nullCases[name][i+1:]
		if want == "" || !strings.HasPrefix(expr, name+"(") {
			t.Errorf("%s: %s", name, nullCases[name])
		}
		cases = append(cases, dialectCase{"SELECT " + expr, want})
	}
	values(t, append(cases, nullArguments...))
}

// nullArguments have NULL in other places than the first.
var nullArguments = []dialectCase{
	{"array_intersect(CAST(NULL AS ARRAY(BIGINT)), ARRAY[1]), array_except(ARRAY[1], CAST(NULL AS ARRAY(BIGINT))), array_union(ARRAY[1], CAST(NULL AS ARRAY(BIGINT))), arrays_overlap(ARRAY[1], CAST(NULL AS ARRAY(BIGINT)))", "–|–|–|–"},
	{"array_join(ARRAY['a'], NULL), array_join(ARRAY['a', NULL], ',', NULL), slice(ARRAY[1], NULL, 1), element_at(ARRAY[1], NULL), element_at(MAP(ARRAY['a'], ARRAY[1]), NULL), zip(ARRAY[1], NULL)", "–|–|–|–|–|–"},
	{"split('a', NULL), split('a', NULL, 2), split_part('a', ',', NULL), split_to_map('a=b', NULL, '='), split_to_map('a=b', ',', NULL), split_to_multimap('a=b', NULL, '=')", "–|–|–|–|–|–"},
	{"strpos('a', NULL), substr('abc', 1, NULL), replace('abc', NULL), lpad('a', 5, NULL), starts_with('a', NULL), regexp_like('a', NULL), regexp_replace('a', NULL), json_extract('{}', NULL), json_array_get('[1]', NULL)", "–|–|–|–|–|–|–|–|–"},
	{"date_add('day', NULL, DATE '2026-01-01'), date_diff('day', DATE '2026-01-01', NULL), round(1.5, NULL), power(2, NULL), log(NULL, 2), mod(NULL, 5), to_base(5, NULL), levenshtein_distance(NULL, 'a')", "–|–|–|–|–|–|–|–"},
	{"count_if(x) FROM (VALUES true) AS t (x) WHERE false", "0"}, {"count_if(x > 1) FROM (VALUES 1, 2, NULL) AS t (x)", "1"}, {"y, count_if(x) FILTER (WHERE y > 5), count_if(x) OVER (ORDER BY y) FROM (VALUES (true, 1)) AS t (x, y) GROUP BY x, y", "1|0|1"},
	{"map_union(m) FROM (VALUES CAST(NULL AS MAP(VARCHAR, INTEGER)), MAP(ARRAY['a'], ARRAY[1])) AS t (m)", "{a=1}"}, {"map_union(m) FROM (VALUES CAST(map() AS MAP(VARCHAR, INTEGER))) AS t (m)", "{}"},
	{"format('%s %% %s|', 'x', NULL), format('a%%b'), format('%.2f', CAST(NULL AS DOUBLE)), format('%s', 'x', 'left out')", "x % null||a%b|null|x"},
}

// helpers are the macros that other macros are made of, and what forms like CAST become.
var helpers = words(`
all_true any_true as_java averaged boolean_of bytes_as_groups current_date current_time current_timestamp date_of date_sequence days_between digits divide
double_text element_of element_texts entries fail fail_text filled fits group_number group_text groups has_element has_null ip_of ip_text ipv4
ipv4_text ipv6 ipv6_groups ipv6_long ipv6_of ipv6_short is_date_unit is_float is_integer_type is_ipv4 is_text_type is_unit is_url is_whole iso_date
iso_timestamp java_number java_numbers json_number json_path json_text keyed keys_of length_of localtime localtimestamp mantissa map_from map_of
modulus multimap multimap_of nearest no_time none_true number number_text numbers_as_texts pair pairs parse_zoned plain_varchar positive_text refused
scalar scalar_at scale size_at states time_text timestamp_of too_long to_bigint to_boolean to_date to_double to_integer to_ipaddress to_json to_real
to_smallint to_timestamp to_timestamptz to_tinyint to_varchar truth try_date_of try_ip_of try_json_text try_timestamp_of try_to_bigint try_to_boolean
try_to_date try_to_double try_to_integer try_to_ipaddress try_to_json try_to_real try_to_smallint try_to_timestamp try_to_timestamptz try_to_tinyint
try_to_varchar unfit union_of unique_pairs units url_authority url_parameter url_part valid_json_array_contains valid_json_array_get
valid_json_array_length valid_json_extract valid_json_extract_scalar valid_json_size value_at values_of week_date white_space whole without_dots
zero_run zone_offset
`)

// No function is translated without a test of what it makes of NULL.
func TestEveryFunctionMeetsNULL(t *testing.T) {
	names := slices.Sorted(maps.Keys(macros()))
	for _, name := range append(names, slices.Sorted(maps.Keys(calls))...) {
		if nullCases[name] == "" && !helpers[name] {
			t.Errorf("%s has no case in nullCases", name)
		}
	}
	for name := range helpers {
		if !isMacro(name) || nullCases[name] != "" {
			t.Errorf("%s is no helper", name)
		}
	}
}
