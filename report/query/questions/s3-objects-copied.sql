-- title: S3 objects that were copied
-- meaning: Each object that S3 itself copied, from which bucket to which, and for whom: nothing is read then, and nothing sent. A
--   copy to a bucket that is not one's own was taken. Only whole successes are counted, each part of a large
--   object by itself. Jobs move their files so, and whoever changes an object's encryption or class copies it onto itself.
-- param: since
-- param: until
-- param: bucket text %: The bucket that was copied from; % stands for anything.
-- param: who text %: The principal; % stands for anything.
-- key: bucket, object, target_bucket, target, principal
WITH named AS (
  SELECT principal, sourceipaddress, event_ts, json_extract_scalar(requestparameters, '$.bucketName') AS target_bucket,
    json_extract_scalar(requestparameters, '$.key') AS target, json_extract_scalar(requestparameters, '$["x-amz-copy-source"]') AS header
  FROM events
  WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('CopyObject', 'UploadPartCopy') AND errorcode IS NULL
    AND coalesce(principal, '') LIKE ${who} AND event_ts >= ${since} AND event_ts < ${until}
), parted AS (
  SELECT *, regexp_replace(coalesce(try(url_decode(replace(header, '+', '%2B'))), header), '^/|\?versionId=[^/]*$', '') AS copied FROM named
), copies AS (
  SELECT *, coalesce(regexp_extract(copied, '^(arn:[^/]+/[^/]+)/object/', 1), regexp_extract(copied, '^([^/]+)/', 1)) AS bucket,
    regexp_replace(copied, '^(arn:[^/]+/[^/]+/object|[^/]+)/', '') AS object
  FROM parted
)
SELECT bucket, object, target_bucket, target, principal, count(*) AS copies, min(sourceipaddress) AS an_address,
  min(event_ts) AS first, max(event_ts) AS last
FROM copies
WHERE coalesce(bucket, '') LIKE ${bucket}
GROUP BY bucket, object, target_bucket, target, principal
ORDER BY bucket, object, target_bucket, target, principal
