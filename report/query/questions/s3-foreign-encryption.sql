-- title: S3 objects written with a key that the caller brought
-- meaning: Writes and copies under a customer-provided key, or a KMS key of another account. Whoever
--   encrypts objects so can withhold the key: this is how buckets are held to ransom without any
--   malware. Some backup products encrypt with their own keys by design.
-- param: since
-- param: until
-- key: principal, bucket, kind
SELECT principal, bucket, kind, count(*) AS objects, count_if(failed) AS refused, min(event_ts) AS first, max(event_ts) AS last
FROM (
  SELECT principal, event_ts, errorcode IS NOT NULL AS failed, json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
    CASE WHEN strpos(requestparameters, 'x-amz-server-side-encryption-customer-algorithm') > 0
        OR json_extract_scalar(additionaleventdata, '$.SSEApplied') = 'SSE_C' THEN 'key of the caller'
      ELSE 'KMS key of another account' END AS kind
  FROM events
  WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('PutObject', 'CopyObject', 'CreateMultipartUpload', 'PutBucketEncryption')
    AND event_ts >= ${since} AND event_ts < ${until}
    AND (strpos(requestparameters, 'x-amz-server-side-encryption-customer-algorithm') > 0
      OR json_extract_scalar(additionaleventdata, '$.SSEApplied') = 'SSE_C'
      OR element_at(regexp_extract_all(requestparameters, 'arn:aws[^:]*:kms:[^:]*:(\d{12}):', 1), 1) <> account)
)
GROUP BY principal, bucket, kind
ORDER BY objects DESC, principal, bucket, kind
