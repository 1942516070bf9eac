-- title: SSM parameters read
-- meaning: Who read which parameters or paths, and whether decrypted. A path read recursively can be
--   every password of an environment. Deployments read whole paths by design; a person or an unknown
--   address doing so is another matter.
-- param: since
-- param: until
-- key: account, principal, parameter, decrypted
SELECT account, principal,
  coalesce(json_extract_scalar(requestparameters, '$.path'), json_extract_scalar(requestparameters, '$.name'),
    array_join(try_cast(json_extract(requestparameters, '$.names') AS ARRAY(VARCHAR)), ', ')) AS parameter,
  coalesce(json_extract_scalar(requestparameters, '$.withDecryption'), 'false') AS decrypted,
  count(*) AS reads, count_if(errorcode IS NOT NULL) AS refused, count(DISTINCT sourceipaddress) AS addresses,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 'ssm.amazonaws.com' AND eventname IN ('GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, principal,
  coalesce(json_extract_scalar(requestparameters, '$.path'), json_extract_scalar(requestparameters, '$.name'),
    array_join(try_cast(json_extract(requestparameters, '$.names') AS ARRAY(VARCHAR)), ', ')),
  coalesce(json_extract_scalar(requestparameters, '$.withDecryption'), 'false')
ORDER BY reads, account, principal, parameter, decrypted
