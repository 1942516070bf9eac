-- title: Security groups opened to the world
-- meaning: Rules that let every address in, with the ports. An administration port open to everybody is
--   how an intruder reaches a host; ports 80 and 443 of a web server are meant to be open. Whether a
--   host carries the group, and whether the rule was taken back, is not in this answer.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.groupId'), json_extract_scalar(requestparameters, '$.groupName'),
    json_extract_scalar(requestparameters, '$.ModifySecurityGroupRulesRequest.GroupId')) AS security_group,
  coalesce(array_join(transform(
      filter(try_cast(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(JSON)),
        p -> regexp_like(json_format(p), '"[0-9A-Fa-f.:]+/0"')),
      p -> concat(coalesce(json_extract_scalar(p, '$.ipProtocol'), '?'), ' ',
        coalesce(json_extract_scalar(p, '$.fromPort'), 'all'), '-', coalesce(json_extract_scalar(p, '$.toPort'), 'all'))), ', '),
    concat(json_extract_scalar(requestparameters, '$.ipProtocol'), ' ',
      json_extract_scalar(requestparameters, '$.fromPort'), '-', json_extract_scalar(requestparameters, '$.toPort'))) AS opened,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventname IN ('AuthorizeSecurityGroupIngress', 'ModifySecurityGroupRules')
  AND regexp_like(requestparameters, '"[0-9A-Fa-f.:]+/0"')
  AND event_ts >= ${since} AND event_ts < ${until}
ORDER BY ordinal
