-- title: S3 objects and buckets deleted
-- meaning: Who deleted how many objects of which bucket. One DeleteObjects call may delete a thousand,
--   and names none of them in some logs; objects that a life cycle removes are not here. Temporary
--   files of jobs are most of what is ever deleted.
-- param: since
-- param: until
-- key: principal, bucket, call
SELECT principal, json_extract_scalar(requestparameters, '$.bucketName') AS bucket, eventname AS call, count(*) AS calls,
  count_if(errorcode IS NULL) AS succeeded, count(DISTINCT json_extract_scalar(requestparameters, '$.key')) AS objects,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('DeleteObject', 'DeleteObjects', 'DeleteObjectVersion', 'DeleteBucket', 'AbortMultipartUpload')
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY principal, json_extract_scalar(requestparameters, '$.bucketName'), eventname
ORDER BY calls DESC, principal, bucket, call
