-- title: Permissions changed
-- meaning: Every change of what an identity may do: policies attached, written, versioned or removed,
--   boundaries, groups. Read it beside who made the call and whether they may. Administrators and
--   deployments make most of these; the ones that matter give rights to the caller itself or to
--   something new.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName'),
    json_extract_scalar(requestparameters, '$.groupName'), json_extract_scalar(requestparameters, '$.targetId')) AS target,
  coalesce(json_extract_scalar(requestparameters, '$.policyArn'), json_extract_scalar(requestparameters, '$.policyName'),
    json_extract_scalar(requestparameters, '$.permissionsBoundary')) AS policy,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE eventsource = 'iam.amazonaws.com' AND event_ts >= ${since} AND event_ts < ${until}
  AND (regexp_like(eventname, '^(Attach|Detach|Put|Delete)(User|Role|Group)Policy$')
    OR regexp_like(eventname, '^(Create|Delete)Policy(Version)?$') OR eventname = 'SetDefaultPolicyVersion'
    OR regexp_like(eventname, '^(Put|Delete)(User|Role)PermissionsBoundary$')
    OR eventname IN ('AddUserToGroup', 'RemoveUserFromGroup', 'UpdateAssumeRolePolicy'))
ORDER BY ordinal
