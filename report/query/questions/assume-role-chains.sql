-- title: Roles assumed from roles
-- meaning: Where the session of one role was used to take another: the credential that called, the one
--   it got, and how busy that was. A chain hides where somebody came from, and renews a session for
--   ever when two roles trust each other. Deployment systems hop once or twice by design.
-- param: since
-- param: until
-- key: ordinal
WITH handed AS (
  SELECT ordinal, event_ts, account, principal, credential, sourceipaddress,
    json_extract_scalar(requestparameters, '$.roleArn') AS role,
    json_extract_scalar(requestparameters, '$.roleSessionName') AS session_name,
    json_extract_scalar(responseelements, '$.credentials.accessKeyId') AS new_credential
  FROM events
  WHERE eventsource = 'sts.amazonaws.com' AND eventname = 'AssumeRole' AND errorcode IS NULL
    AND useridentity.type = 'AssumedRole' AND event_ts >= ${since} AND event_ts < ${until}
), used AS (
  SELECT credential AS used_key, count(*) AS events, count(DISTINCT sourceipaddress) AS addresses
  FROM events
  WHERE credential IN (SELECT new_credential FROM handed)
  GROUP BY credential
)
SELECT event_ts AS time, account, principal, credential, role, session_name, new_credential, sourceipaddress AS source_ip,
  coalesce(events, 0) AS events_of_new, coalesce(addresses, 0) AS addresses_of_new, ordinal
FROM handed LEFT JOIN used ON used_key = new_credential
ORDER BY ordinal
