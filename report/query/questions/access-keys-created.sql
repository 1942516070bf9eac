-- title: Access keys that were created, and their use
-- meaning: Each new long-lived key: for whom, by whom, and what became of it. A key that somebody makes
--   for another user, or that is used at once from another address, is how intruders stay. Rotation
--   makes keys too: then the owner's old key goes out of use soon after. No use here means none in
--   these logs.
-- param: since
-- param: until
-- key: ordinal
WITH made AS (
  SELECT event_ts, account, ordinal, principal, credential, sourceipaddress,
    coalesce(json_extract_scalar(responseelements, '$.accessKey.userName'), json_extract_scalar(requestparameters, '$.userName')) AS for_user,
    json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS new_key,
    coalesce(errorcode, errormessage) AS error
  FROM events
  WHERE eventname = 'CreateAccessKey' AND eventsource = 'iam.amazonaws.com'
    AND event_ts >= ${since} AND event_ts < ${until}
), used AS (
  SELECT credential AS used_key, count(*) AS events, min(event_ts) AS first_use, max(event_ts) AS last_use,
    count(DISTINCT sourceipaddress) AS addresses
  FROM events
  WHERE credential IN (SELECT new_key FROM made)
  GROUP BY credential
)
SELECT made.event_ts AS time, account, for_user, new_key, principal, credential, sourceipaddress AS source_ip,
  coalesce(events, 0) AS uses, first_use, last_use, coalesce(addresses, 0) AS addresses, error, ordinal
FROM made LEFT JOIN used ON used_key = new_key
ORDER BY ordinal
