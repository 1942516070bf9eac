-- title: S3 objects that were read
-- meaning: Each object that somebody got, with who and how often: the list for telling what was taken.
--   An object that is missing was either not read or not logged. Only whole successes are counted;
--   ranges of an object count as often as they were asked for. What S3 itself copied elsewhere is no read:
--   see s3-objects-copied.
-- param: since
-- param: until
-- param: bucket text %: The bucket; % stands for anything.
-- param: who text %: The principal; % stands for anything.
-- key: bucket, object, principal
SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  json_extract_scalar(requestparameters, '$.key') AS object, principal, count(*) AS reads,
  try_cast(sum(try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double)) AS bigint) AS bytes_out,
  min(sourceipaddress) AS an_address, min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject', 'GetObjectTorrent', 'SelectObjectContent')
  AND errorcode IS NULL AND coalesce(json_extract_scalar(requestparameters, '$.bucketName'), '') LIKE ${bucket}
  AND coalesce(principal, '') LIKE ${who} AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY json_extract_scalar(requestparameters, '$.bucketName'), json_extract_scalar(requestparameters, '$.key'), principal
ORDER BY bucket, object, principal
