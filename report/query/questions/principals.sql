-- title: Everybody who acted
-- meaning: Each principal with what it did in figures. Begin here to learn who is who before reading
--   single events. Sessions of a role are one line each; service accounts are busier than people.
-- param: since
-- param: until
-- key: account, type, principal
SELECT account, useridentity.type AS type, principal, count(*) AS events,
  count_if(coalesce(readonly, 'false') <> 'true') AS writes, count_if(errorcode IS NOT NULL) AS errors,
  count(DISTINCT eventname) AS different_calls, count(DISTINCT credential) AS credentials,
  count(DISTINCT sourceipaddress) AS addresses, count(DISTINCT awsregion) AS regions,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, useridentity.type, principal
ORDER BY events DESC, account, type, principal
