-- title: For what data events were logged
-- meaning: Buckets, functions, tables and other resources that have data events here, with the time
--   they span. For a resource that is missing, or outside of that time, the absence of reads proves
--   nothing. An unused resource is missing too.
-- param: since
-- param: until
-- key: account, source, resource
SELECT account, eventsource AS source,
  coalesce(json_extract_scalar(requestparameters, '$.bucketName'), json_extract_scalar(requestparameters, '$.functionName'),
    json_extract_scalar(requestparameters, '$.tableName'), element_at(resources, 1).arn, element_at(resource_names, 1)) AS resource,
  count(*) AS events, count(DISTINCT eventname) AS different_calls, count(DISTINCT principal) AS principals,
  min(event_ts) AS first, max(event_ts) AS last
FROM events
WHERE (eventcategory = 'Data' OR managementevent = 'false') AND event_ts >= ${since} AND event_ts < ${until}
GROUP BY account, eventsource,
  coalesce(json_extract_scalar(requestparameters, '$.bucketName'), json_extract_scalar(requestparameters, '$.functionName'),
    json_extract_scalar(requestparameters, '$.tableName'), element_at(resources, 1).arn, element_at(resource_names, 1))
ORDER BY events DESC, account, source, resource
