-- "String functions", "Regular expression functions", "Binary functions and operators", "URL functions".

CREATE MACRO trino.concat_ws(separator, x) AS CASE WHEN ends_with(typeof(x), ']')
    THEN CASE WHEN separator IS NULL THEN NULL ELSE coalesce(array_to_string(CAST(to_json(x) AS VARCHAR[]), separator), '') END
    ELSE concat_ws(separator, CAST(x AS VARCHAR)) END;
CREATE MACRO trino.replace(s, a) AS replace(s, a, ''),
    (s, a, b) AS CASE WHEN a = '' THEN b || array_to_string(list_transform(string_split(s, ''), lambda c: c || CASE WHEN c = '' THEN '' ELSE b END), '') ELSE replace(s, a, b) END;
-- The engine turns round what a reader takes for characters, Trino code points.
CREATE MACRO trino.reverse(x) AS CASE WHEN ends_with(typeof(x), ']') THEN cast_to_type(list_reverse(CAST(to_json(x) AS JSON[])), x) ELSE cast_to_type(array_to_string(list_reverse(string_split(CAST(x AS VARCHAR), '')), ''), x) END;

CREATE MACRO trino.split(s, d) AS CASE WHEN d IS NOT NULL THEN string_split(s, d) END,
    (s, d, n) AS CASE WHEN d IS NULL THEN NULL WHEN len(string_split(s, d)) <= n THEN string_split(s, d)
        ELSE string_split(s, d)[1:n - 1] || [array_to_string(string_split(s, d)[n:], d)] END;
CREATE MACRO trino.split_part(s, d, i) AS CASE WHEN i < 1 THEN trino.fail_text('Index must be greater than zero') ELSE string_split(s, d)[i] END;
CREATE MACRO trino.pair(p, d) AS struct_pack(k := string_split(p, d)[1], v := CASE WHEN len(string_split(p, d)) = 2 THEN string_split(p, d)[2]
    ELSE trino.fail_text('Key-value delimiter must appear exactly once in each entry. Bad input: ' || p) END);
CREATE MACRO trino.pairs(s, e, d) AS CASE WHEN e IS NOT NULL AND d IS NOT NULL THEN list_transform(list_filter(string_split(s, e), lambda p: p <> ''), lambda p: trino.pair(p, d)) END;
CREATE MACRO trino.split_to_map(s, e, d) AS map_from_entries(trino.pairs(s, e, d));
CREATE MACRO trino.split_to_multimap(s, e, d) AS trino.multimap(trino.pairs(s, e, d));

CREATE MACRO trino.strpos(s, t) AS strpos(s, t),
    (s, t, n) AS CASE WHEN n < 1 THEN trino.fail('an instance counted from the end is not supported')
        WHEN len(string_split(s, t)) <= n THEN 0 ELSE length(array_to_string(string_split(s, t)[1:n], t)) + 1 END;
CREATE MACRO trino.substr(s, a) AS CASE WHEN a = 0 OR -a > length(s) THEN '' ELSE substr(s, a) END,
    (s, a, n) AS CASE WHEN a = 0 OR -a > length(s) OR n <= 0 THEN '' ELSE substr(s, a, n) END;

-- White space is what Java takes for it (Character.isWhitespace).
CREATE MACRO trino.white_space() AS chr(9) || chr(10) || chr(11) || chr(12) || chr(13) || chr(28) || chr(29) || chr(30) || chr(31) || ' '
    || chr(5760) || chr(8192) || chr(8193) || chr(8194) || chr(8195) || chr(8196) || chr(8197) || chr(8198) || chr(8200) || chr(8201) || chr(8202)
    || chr(8232) || chr(8233) || chr(8287) || chr(12288);
CREATE MACRO trino."trim"(s) AS trim(s, trino.white_space()), (s, characters) AS trim(s, characters);
CREATE MACRO trino.ltrim(s) AS ltrim(s, trino.white_space()), (s, characters) AS ltrim(s, characters);
CREATE MACRO trino.rtrim(s) AS rtrim(s, trino.white_space()), (s, characters) AS rtrim(s, characters);

CREATE MACRO trino.codepoint(s) AS unicode(s);
CREATE MACRO trino.levenshtein_distance(a, b) AS levenshtein(a, b);
CREATE MACRO trino.hamming_distance(a, b) AS hamming(a, b);
CREATE MACRO trino.to_utf8(s) AS encode(s);
CREATE MACRO trino.from_utf8(b) AS decode(b);
CREATE MACRO trino.md5(b) AS unhex(md5(b));
CREATE MACRO trino.sha1(b) AS unhex(sha1(b));
CREATE MACRO trino.sha256(b) AS unhex(sha256(b));
CREATE MACRO trino.to_base(x, radix) AS lower(to_base(x, radix));

-- Of patterns and replacements see regexpPattern and replacement.
CREATE MACRO trino.regexp_like(s, p) AS regexp_matches(s, p);
CREATE MACRO trino.regexp_replace(s, p) AS regexp_replace(s, p, '', 'g'), (s, p, r) AS regexp_replace(s, p, r, 'g');
CREATE MACRO trino.regexp_extract(s, p) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p) END,
    (s, p, n) AS CASE WHEN regexp_matches(s, p) THEN regexp_extract(s, p, n) END;
CREATE MACRO trino.regexp_extract_all(s, p) AS regexp_extract_all(s, p), (s, p, n) AS regexp_extract_all(s, p, n);
CREATE MACRO trino.regexp_count(s, p) AS len(regexp_extract_all(s, p));
CREATE MACRO trino.regexp_split(s, p) AS string_split_regex(s, p);
CREATE MACRO trino.regexp_position(s, p) AS CASE WHEN regexp_matches(s, p) THEN length(string_split_regex(s, p)[1]) + 1 WHEN s IS NULL OR p IS NULL THEN NULL ELSE -1 END;

-- URLs: the parts of RFC 2396 as java.net.URI finds them; a text that is no URI has none, and a part that
-- is missing is empty (UrlFunctions.java).
CREATE MACRO trino.is_url(u) AS regexp_full_match(u, '([^\x00-\x20<>"{}|\\^`%\x7f]|%[0-9a-fA-F]{2})*') AND NOT regexp_matches(u, '^(:|[^a-zA-Z/?#.][^/?#:]*:|[^/?#:]*[^a-zA-Z0-9+.:/?#-][^/?#:]*:|[a-zA-Z][a-zA-Z0-9+.-]*:$)') AND NOT regexp_matches(u, '#.*#');
CREATE MACRO trino.url_part(u, n) AS regexp_extract(u, '^(?:([^:/?#]+):)?(?://([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?', n);
CREATE MACRO trino.url_authority(u) AS regexp_replace(trino.url_part(u, 2), '^[^@]*@', '');
CREATE MACRO trino.url_extract_protocol(u) AS CASE WHEN trino.is_url(u) THEN trino.url_part(u, 1) END;
CREATE MACRO trino.url_extract_host(u) AS CASE WHEN trino.is_url(u)
    THEN regexp_extract(trino.url_authority(u), '^((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?[.])*(?:[a-zA-Z](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?|[0-9]+)[.]?|\[[0-9a-fA-F:.]+\])(?::[0-9]*)?$', 1) END;
CREATE MACRO trino.url_extract_port(u) AS CASE WHEN trino.is_url(u) THEN TRY_CAST(regexp_extract(trino.url_authority(u), ':([0-9]+)$', 1) AS BIGINT) END;
CREATE MACRO trino.url_extract_path(u) AS CASE WHEN trino.is_url(u) THEN url_decode(trino.url_part(u, 3)) END;
CREATE MACRO trino.url_extract_query(u) AS CASE WHEN trino.is_url(u) THEN url_decode(trino.url_part(u, 4)) END;
CREATE MACRO trino.url_extract_fragment(u) AS CASE WHEN trino.is_url(u) THEN url_decode(trino.url_part(u, 5)) END;
CREATE MACRO trino.url_encode(s) AS replace(replace(replace(url_encode(s), '%20', '+'), '%2A', '*'), '~', '%7E');
CREATE MACRO trino.url_decode(s) AS CASE WHEN regexp_matches(s, '%([^0-9a-fA-F]|.[^0-9a-fA-F]|.?$)') THEN trino.fail_text('URLDecoder: Illegal hex characters in escape (%) pattern') ELSE url_decode(replace(s, '+', ' ')) END;
CREATE MACRO trino.url_parameter(a) AS CASE WHEN a IS NULL THEN NULL WHEN contains(a, '=') THEN trino.url_decode(a[strpos(a, '=') + 1:]) ELSE '' END;
CREATE MACRO trino.url_extract_parameter(u, name) AS CASE WHEN trino.is_url(u)
    THEN trino.url_parameter(list_filter(string_split(trino.url_part(u, 4), '&'), lambda a: string_split(a, '=')[1] = name)[1]) END;
