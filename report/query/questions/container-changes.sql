-- title: Containers, clusters and registries changed
-- meaning: Images pushed, tasks and services registered or run, clusters and their access changed. A
--   pushed image under an old tag, a task with a strange image, or a new entry for access to a cluster
--   are ways to stay. Build systems and auto scaling make most of these calls.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventsource AS source, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.repositoryName'), json_extract_scalar(requestparameters, '$.service'),
    json_extract_scalar(requestparameters, '$.family'), json_extract_scalar(requestparameters, '$.taskDefinition'),
    json_extract_scalar(requestparameters, '$.name'), json_extract_scalar(requestparameters, '$.clusterName')) AS resource,
  coalesce(json_extract_scalar(requestparameters, '$.imageTag'), json_extract_scalar(requestparameters, '$.principalArn')) AS detail,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource IN ('ecr.amazonaws.com', 'ecr-public.amazonaws.com', 'ecs.amazonaws.com', 'eks.amazonaws.com')
  AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(Put|Create|Update|Delete|Register|Deregister|Run|Start|Stop|Set|BatchDelete|Associate|Disassociate|Execute)')
ORDER BY ordinal
