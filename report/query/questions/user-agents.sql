-- title: Every user agent
-- meaning: The programs that called, rarest first. Tools for attacks, odd operating systems and
--   hand-written scripts are among the rare ones, and so is every new version of an honest SDK. Callers
--   choose this text.
-- param: since
-- param: until
-- key: user_agent
SELECT regexp_replace(useragent, ' (md/)?command[/#][^ ]+', '') AS user_agent, count(*) AS events, count(DISTINCT principal) AS principals,
  count(DISTINCT sourceipaddress) AS addresses, count_if(errorcode IS NOT NULL) AS errors,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
GROUP BY regexp_replace(useragent, ' (md/)?command[/#][^ ]+', '')
ORDER BY events, user_agent
