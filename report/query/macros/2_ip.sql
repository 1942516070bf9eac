-- IPADDRESS ("IP Address functions"): the number of an IPv6 address; those of IPv4 have their place there,
-- ::ffff:0:0/96, as in Trino.

CREATE MACRO trino.is_ipv4(t) AS regexp_full_match(t, '(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])([.](25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}');
CREATE MACRO trino.ipv4(t) AS list_reduce(CAST(string_split(t, '.') AS UHUGEINT[]), lambda trino_a, trino_b: trino_a * 256 + trino_b);

-- ::ffff:1.2.3.4 with its last four bytes as two groups.
CREATE MACRO trino.without_dots(t) AS CASE WHEN contains(t, '.') AND trino.is_ipv4(string_split(t, ':')[-1])
    THEN t[1:length(t) - length(string_split(t, ':')[-1])] || lower(to_hex(trino.ipv4(string_split(t, ':')[-1]) // 65536)) || ':' || lower(to_hex(trino.ipv4(string_split(t, ':')[-1]) % 65536))
    ELSE t END;
CREATE MACRO trino.groups(t) AS CASE WHEN t = '' THEN [] ELSE string_split(t, ':') END;
-- The groups of an address, :: filled with zeros; more or less than eight if it is none.
CREATE MACRO trino.ipv6_groups(t) AS CASE len(string_split(t, '::'))
    WHEN 1 THEN trino.groups(t)
    WHEN 2 THEN trino.groups(string_split(t, '::')[1])
        || list_transform(range(greatest(1, 8 - len(trino.groups(string_split(t, '::')[1])) - len(trino.groups(string_split(t, '::')[2])))), lambda trino_i: '0')
        || trino.groups(string_split(t, '::')[2])
    ELSE [] END;
CREATE MACRO trino.are_groups(g) AS len(g) = 8 AND len(list_filter(g, lambda trino_g: NOT regexp_full_match(trino_g, '[0-9a-fA-F]{1,4}'))) = 0;
CREATE MACRO trino.ipv6(g) AS list_reduce(list_transform(g, lambda trino_g: CAST(CAST('0x' || trino_g AS BIGINT) AS UHUGEINT)), lambda trino_a, trino_b: trino_a * 65536 + trino_b);

CREATE MACRO trino.ip_of(t) AS CASE
    WHEN t IS NULL THEN NULL
    WHEN trino.is_ipv4(t) THEN trino.ipv4(t) + 281470681743360
    WHEN trino.are_groups(trino.ipv6_groups(trino.without_dots(t))) THEN trino.ipv6(trino.ipv6_groups(trino.without_dots(t)))
    ELSE CAST(trino.refused(t, 'IPADDRESS') AS UHUGEINT) END;
CREATE MACRO trino.to_ipaddress(x) AS CASE typeof(x) WHEN 'UHUGEINT' THEN TRY_CAST(x AS UHUGEINT) ELSE trino.ip_of(CAST(x AS VARCHAR)) END;
CREATE MACRO trino.try_to_ipaddress(x) AS TRY(trino.to_ipaddress(x));

-- The text of an address: RFC 5952, the longest run of zeros as ::.
CREATE MACRO trino.power_of_two(n) AS list_reduce(list_transform(range(n + 1), lambda trino_i: CAST(1 AS UHUGEINT)), lambda trino_a, trino_b: trino_a * 2);
CREATE MACRO trino.ipv6_long(n) AS array_to_string(list_transform(range(8), lambda trino_i: lower(to_hex((n // trino.power_of_two(16 * (7 - trino_i))) % 65536))), ':');
CREATE MACRO trino.ipv6_short(t) AS CASE
    WHEN regexp_matches(t, '(^|:)0(:0){7}($|:)') THEN '::'
    WHEN regexp_matches(t, '(^|:)0(:0){6}($|:)') THEN regexp_replace(t, '(^|:)0(:0){6}($|:)', '::')
    WHEN regexp_matches(t, '(^|:)0(:0){5}($|:)') THEN regexp_replace(t, '(^|:)0(:0){5}($|:)', '::')
    WHEN regexp_matches(t, '(^|:)0(:0){4}($|:)') THEN regexp_replace(t, '(^|:)0(:0){4}($|:)', '::')
    WHEN regexp_matches(t, '(^|:)0(:0){3}($|:)') THEN regexp_replace(t, '(^|:)0(:0){3}($|:)', '::')
    WHEN regexp_matches(t, '(^|:)0(:0){2}($|:)') THEN regexp_replace(t, '(^|:)0(:0){2}($|:)', '::')
    WHEN regexp_matches(t, '(^|:)0(:0){1}($|:)') THEN regexp_replace(t, '(^|:)0(:0){1}($|:)', '::')
    ELSE t END;
CREATE MACRO trino.ip_text(n) AS CASE
    WHEN n // 4294967296 = 65535 THEN array_to_string([(n // 16777216) % 256, (n // 65536) % 256, (n // 256) % 256, n % 256], '.')
    ELSE trino.ipv6_short(trino.ipv6_long(n)) END;

-- Networks are texts: 10.0.0.0/8.
CREATE MACRO trino.prefix_bits(t) AS CASE WHEN contains(t, ':') THEN 128 ELSE 32 END - CAST(string_split(t, '/')[2] AS INTEGER);
CREATE MACRO trino.in_network(t, ip) AS CASE
    WHEN t IS NULL OR ip IS NULL THEN NULL
    WHEN NOT regexp_full_match(t, '[0-9a-fA-F.:]+/[0-9]{1,3}') OR trino.prefix_bits(t) < 0 THEN CAST(trino.fail('Invalid CIDR') AS BOOLEAN)
    ELSE trino.to_ipaddress(string_split(t, '/')[1]) // trino.power_of_two(trino.prefix_bits(t)) = trino.to_ipaddress(ip) // trino.power_of_two(trino.prefix_bits(t))
        AND (contains(t, ':') OR trino.to_ipaddress(ip) // 4294967296 = 65535) END;
