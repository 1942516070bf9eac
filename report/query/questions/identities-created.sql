-- title: Users, roles and groups created
-- meaning: New identities of IAM and of Identity Center, by whom and from where. A name that imitates
--   another, or one made from an address that nobody knows, is a foothold. Deployments make roles all
--   day long.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.userName'), json_extract_scalar(requestparameters, '$.roleName'),
    json_extract_scalar(requestparameters, '$.groupName'), json_extract_scalar(requestparameters, '$.instanceProfileName'),
    json_extract_scalar(requestparameters, '$.awsServiceName'), json_extract_scalar(requestparameters, '$.name')) AS name,
  coalesce(json_extract_scalar(responseelements, '$.user.arn'), json_extract_scalar(responseelements, '$.role.arn'),
    json_extract_scalar(responseelements, '$.group.arn')) AS arn,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventsource = 'iam.amazonaws.com' AND eventname IN ('CreateUser', 'CreateRole', 'CreateGroup', 'CreateInstanceProfile',
      'CreateServiceLinkedRole', 'AddUserToGroup', 'AddRoleToInstanceProfile')
    OR eventsource IN ('sso.amazonaws.com', 'sso-directory.amazonaws.com', 'identitystore.amazonaws.com')
      AND eventname IN ('CreateUser', 'CreateGroup', 'CreatePermissionSet', 'CreateAccountAssignment', 'AddMemberToGroup', 'CreateGroupMembership'))
ORDER BY ordinal
