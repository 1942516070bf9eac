-- title: S3 objects read, by address
-- meaning: For each bucket and address, how many objects were read and how many bytes went out. Only
--   buckets whose data events were logged can appear: an empty answer does not mean that nothing was
--   read. Applications and backups read more than any intruder, from the same addresses every day.
-- param: since
-- param: until
-- param: bucket text %: The bucket; % stands for anything.
-- key: bucket, source_ip
SELECT bucket, source_ip, count(*) AS requests, count_if(errorcode IS NULL) AS succeeded, count(DISTINCT object) AS objects,
  try_cast(sum(bytes) AS bigint) AS bytes_out, count(DISTINCT credential) AS credentials, min(event_ts) AS first, max(event_ts) AS last
FROM (
  SELECT json_extract_scalar(requestparameters, '$.bucketName') AS bucket, sourceipaddress AS source_ip, errorcode,
    CASE WHEN errorcode IS NULL THEN json_extract_scalar(requestparameters, '$.key') END AS object,
    try_cast(json_extract_scalar(additionaleventdata, '$.bytesTransferredOut') AS double) AS bytes, credential, event_ts
  FROM events
  WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject', 'GetObjectTorrent', 'SelectObjectContent')
    AND (${bucket} = '%' OR coalesce(json_extract_scalar(requestparameters, '$.bucketName'), '') LIKE ${bucket})
    AND event_ts >= ${since} AND event_ts < ${until})
GROUP BY bucket, source_ip
ORDER BY bytes_out DESC, bucket, source_ip
