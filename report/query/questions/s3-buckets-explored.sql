-- title: Buckets that somebody looked over
-- meaning: Principals that asked for the names, policies, lists or settings of many buckets. Whoever
--   looks for data does this first. Inventory tools and posture management do it too, every day and for
--   all buckets alike.
-- param: since
-- param: until
-- param: least number 5: Leave out who looked at fewer buckets.
-- key: principal, source_ip
SELECT principal, sourceipaddress AS source_ip, count(DISTINCT json_extract_scalar(requestparameters, '$.bucketName')) AS buckets,
  count(*) AS calls, count(DISTINCT eventname) AS different_calls, count_if(errorcode IS NOT NULL) AS errors,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 's3.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(ListBuckets|ListObjects|ListObjectVersions|HeadBucket|GetBucket.*|ListMultipartUploads|GetPublicAccessBlock)$')
GROUP BY principal, sourceipaddress
HAVING count(DISTINCT json_extract_scalar(requestparameters, '$.bucketName')) >= ${least}
ORDER BY buckets DESC, principal, source_ip
