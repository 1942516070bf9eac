-- title: What protects buckets, changed
-- meaning: Versioning, object lock, life cycle, logging, encryption, replication and event notification
--   of buckets. Versions switched off and a life cycle that expires everything come before ransom
--   notes; replication to a foreign bucket is a quiet way out. Most changes are housekeeping.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  json_extract_scalar(requestparameters, '$.VersioningConfiguration.Status') AS versioning,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 's3.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(Put|Delete)(Bucket)?(Versioning|ObjectLockConfiguration|Lifecycle|LifecycleConfiguration|Logging|Encryption|Replication|Notification|NotificationConfiguration|InventoryConfiguration)$')
ORDER BY ordinal
