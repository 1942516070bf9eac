-- IPADDRESS ("IP Address functions"): the number of an IPv6 address; those of IPv4 have their place there,
-- ::ffff:0:0/96, as in Trino. What is written out, an address or a network, is counted in Go: see addressNumber.

CREATE MACRO trino.is_ipv4(t) AS regexp_full_match(t, '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}');
CREATE MACRO trino.ipv4(t) AS CAST(split_part(t, '.', 1) AS BIGINT) * 16777216 + CAST(split_part(t, '.', 2) AS BIGINT) * 65536
    + CAST(split_part(t, '.', 3) AS BIGINT) * 256 + CAST(split_part(t, '.', 4) AS BIGINT);

-- ::ffff:1.2.3.4 with its last four bytes as two groups.
CREATE MACRO trino.bytes_as_groups(n) AS lower(to_hex(n // 65536)) || ':' || lower(to_hex(n % 65536));
CREATE MACRO trino.without_dots(t) AS CASE WHEN contains(t, '.') AND trino.is_ipv4(string_split(t, ':')[-1])
    THEN t[1:length(t) - length(string_split(t, ':')[-1])] || trino.bytes_as_groups(trino.ipv4(string_split(t, ':')[-1])) ELSE t END;
CREATE MACRO trino.groups(t) AS CASE WHEN t = '' THEN [] ELSE string_split(t, ':') END;
CREATE MACRO trino.filled(a, b) AS a || list_transform(range(CASE WHEN len(a) + len(b) < 8 THEN 8 - len(a) - len(b) ELSE 9 END), lambda i: '0') || b;
-- The groups of an address, :: filled with zeros; more or less than eight if it is none.
CREATE MACRO trino.ipv6_groups(p) AS CASE len(p) WHEN 1 THEN trino.groups(p[1]) WHEN 2 THEN trino.filled(trino.groups(p[1]), trino.groups(p[2])) ELSE [] END;
CREATE MACRO trino.group_number(g) AS CAST(CAST('0x' || g AS BIGINT) AS UHUGEINT);
CREATE MACRO trino.ipv6(g) AS CASE WHEN len(g) = 8 AND len(list_filter(g, lambda g: NOT regexp_full_match(g, '[0-9a-fA-F]{1,4}'))) = 0
    THEN list_reduce(list_transform(g, lambda g: trino.group_number(g)), lambda a, b: a * 65536 + b) END;
CREATE MACRO trino.ipv6_of(t) AS trino.ipv6(trino.ipv6_groups(string_split(trino.without_dots(t), '::')));
CREATE MACRO trino.try_ip_of(t) AS CASE WHEN trino.is_ipv4(t) THEN CAST(trino.ipv4(t) + 281470681743360 AS UHUGEINT) ELSE trino.ipv6_of(t) END;
CREATE MACRO trino.ip_of(t) AS CASE WHEN t IS NULL THEN NULL ELSE coalesce(trino.try_ip_of(t), CAST(trino.refused(t, 'IPADDRESS') AS UHUGEINT)) END;
CREATE MACRO trino.to_ipaddress(x) AS CASE typeof(x) WHEN 'UHUGEINT' THEN TRY_CAST(x AS UHUGEINT) ELSE trino.ip_of(CAST(x AS VARCHAR)) END;
CREATE MACRO trino.try_to_ipaddress(x) AS CASE typeof(x) WHEN 'UHUGEINT' THEN TRY_CAST(x AS UHUGEINT) ELSE trino.try_ip_of(CAST(x AS VARCHAR)) END;

-- The text of an address: RFC 5952, the longest run of zeros as ::.
CREATE MACRO trino.group_text(n, power) AS lower(to_hex((n // CAST(power AS UHUGEINT)) % 65536));
CREATE MACRO trino.ipv6_long(n) AS trino.group_text(n, '5192296858534827628530496329220096') || ':' || trino.group_text(n, '79228162514264337593543950336')
    || ':' || trino.group_text(n, '1208925819614629174706176') || ':' || trino.group_text(n, '18446744073709551616') || ':' || trino.group_text(n, '281474976710656')
    || ':' || trino.group_text(n, '4294967296') || ':' || trino.group_text(n, '65536') || ':' || trino.group_text(n, '1');
CREATE MACRO trino.zero_run(n) AS '(^|:)0(:0){' || CAST(n AS VARCHAR) || '}($|:)';
CREATE MACRO trino.ipv6_short(t) AS regexp_replace(t, coalesce(
    CASE WHEN regexp_matches(t, trino.zero_run(7)) THEN trino.zero_run(7) END, CASE WHEN regexp_matches(t, trino.zero_run(6)) THEN trino.zero_run(6) END,
    CASE WHEN regexp_matches(t, trino.zero_run(5)) THEN trino.zero_run(5) END, CASE WHEN regexp_matches(t, trino.zero_run(4)) THEN trino.zero_run(4) END,
    CASE WHEN regexp_matches(t, trino.zero_run(3)) THEN trino.zero_run(3) END, CASE WHEN regexp_matches(t, trino.zero_run(2)) THEN trino.zero_run(2) END,
    CASE WHEN regexp_matches(t, trino.zero_run(1)) THEN trino.zero_run(1) END, '$^'), '::');
CREATE MACRO trino.ipv4_text(n) AS CAST((n // 16777216) % 256 AS VARCHAR) || '.' || CAST((n // 65536) % 256 AS VARCHAR) || '.' || CAST((n // 256) % 256 AS VARCHAR) || '.' || CAST(n % 256 AS VARCHAR);
CREATE MACRO trino.ip_text(n) AS CASE WHEN n // 4294967296 = 65535 THEN trino.ipv4_text(n) ELSE trino.ipv6_short(trino.ipv6_long(n)) END;
