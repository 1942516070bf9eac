-- title: Calls of the root user
-- meaning: What the root user did with its own credential or a console session, without what AWS
--   services did in its name. An access key of the root user should not exist at all. Closing an
--   account, changing its contacts and some billing tasks can only be done so, and are innocent where
--   they were announced.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call, credential,
  sourceipaddress AS source_ip, useragent AS user_agent, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE useridentity.type = 'Root' AND useridentity.invokedby IS NULL
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
