-- title: Every source address
-- meaning: Where calls came from, with how many credentials and principals. Names of services stand for
--   calls that AWS made itself. An address with many refusals or with a single credential that others
--   share is a start.
-- param: since
-- param: until
-- key: source_ip
SELECT sourceipaddress AS source_ip, count(*) AS events, count_if(errorcode IS NOT NULL) AS errors,
  count_if(coalesce(readonly, 'false') <> 'true') AS writes, count(DISTINCT credential) AS credentials,
  count(DISTINCT principal) AS principals, count(DISTINCT account) AS accounts, count(DISTINCT useragent) AS user_agents,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
GROUP BY sourceipaddress
ORDER BY events DESC, source_ip
