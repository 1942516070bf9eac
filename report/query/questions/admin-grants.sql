-- title: All rights granted
-- meaning: Policies that allow every action, or AWS's own policies that come to the same, given to an
--   identity. A policy text is searched, not evaluated: a condition in it may narrow it down. Landing
--   zones and break-glass roles do this once; an identity that grants it to itself has escalated.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName'),
    json_extract_scalar(requestparameters, '$.groupName')) AS target,
  coalesce(json_extract_scalar(requestparameters, '$.policyArn'), json_extract_scalar(requestparameters, '$.policyName')) AS policy,
  json_extract_scalar(requestparameters, '$.policyDocument') AS document,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'iam.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND regexp_like(eventname, '^(Attach|Put)(User|Role|Group)Policy$|^CreatePolicy(Version)?$')
  AND (regexp_like(json_extract_scalar(requestparameters, '$.policyArn'), ':policy/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$')
    OR regexp_like(json_extract_scalar(requestparameters, '$.policyDocument'), '(?i)"(Action|NotAction)"\s*:\s*(\[[^\]]*)?"(\*|\*:\*|iam:\*)"')
      AND regexp_like(json_extract_scalar(requestparameters, '$.policyDocument'), '"Effect"\s*:\s*"Allow"'))
ORDER BY ordinal
