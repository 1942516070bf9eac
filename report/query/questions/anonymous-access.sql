-- title: Calls without any credential
-- meaning: Requests that nobody signed: reads of public buckets, and attempts at others. What succeeded
--   was public. Websites that are served from a bucket show nothing else.
-- param: since
-- param: until
-- key: account, call, bucket, source_ip
SELECT account, eventname AS call, json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  sourceipaddress AS source_ip, count(*) AS calls, count_if(errorcode IS NULL) AS succeeded,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE (useridentity.principalid = 'Anonymous' OR useridentity.accountid IN ('anonymous', 'ANONYMOUS_PRINCIPAL'))
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, eventname, json_extract_scalar(requestparameters, '$.bucketName'), sourceipaddress
ORDER BY calls DESC, account, call, bucket, source_ip
