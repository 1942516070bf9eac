-- title: Bytes that S3 sent, by principal
-- meaning: Who was sent how much of which bucket. This counts what CloudTrail recorded of data events,
--   which is everything only where they were switched on. A copy to another bucket moves bytes without
--   sending them here. Compare a principal with its own other days before calling it much.
-- param: since
-- param: until
-- key: principal, bucket
SELECT principal, json_extract_scalar(requestparameters, '$.bucketName') AS bucket, count(*) AS requests,
  count_if(errorcode IS NOT NULL) AS errors,
  try_cast(sum(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bigint) AS bytes_out,
  try_cast(sum(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredIn') AS double)) AS bigint) AS bytes_in,
  count(DISTINCT sourceipaddress) AS addresses, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 's3.amazonaws.com' AND additionaleventdata IS NOT NULL
  AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY principal, json_extract_scalar(requestparameters, '$.bucketName')
ORDER BY bytes_out DESC, principal, bucket
