-- title: Domains and DNS changed
-- meaning: Hosted zones, records, registered domains, certificates and distributions that were changed
--   or moved away. A record that points elsewhere takes over mail and web sites, and a domain that is
--   transferred is gone. Deployments and certificate renewals change records all the time.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventsource AS source, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.domainName'), json_extract_scalar(requestparameters, '$.name'),
    json_extract_scalar(requestparameters, '$.hostedZoneId')) AS zone,
  array_join(transform(try_cast(json_extract(requestparameters, '$.changeBatch.changes') AS ARRAY(JSON)),
    c -> concat(coalesce(json_extract_scalar(c, '$.action'), '?'), ' ', coalesce(json_extract_scalar(c, '$.resourceRecordSet.name'), '?'), ' ',
      coalesce(json_extract_scalar(c, '$.resourceRecordSet.type'), '?'))), ', ') AS changes,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource IN ('route53.amazonaws.com', 'route53domains.amazonaws.com', 'acm.amazonaws.com', 'cloudfront.amazonaws.com')
  AND coalesce(readonly, 'false') <> 'true' AND NOT regexp_like(eventname, '^(Get|List|Describe)')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
