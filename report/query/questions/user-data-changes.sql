-- title: Start-up scripts and profiles of instances changed
-- meaning: User data that was replaced, instance profiles that were swapped, metadata protection that
--   was lowered, new launch templates. A script in the user data runs as root at the next start, so a
--   stop and a start around it complete the picture. CloudTrail hides the script itself. Deployment
--   tools change templates at every release.
-- param: since
-- param: until
-- key: ordinal
SELECT event_ts AS time, account, awsregion AS region, eventname AS call,
  coalesce(json_extract_scalar(requestparameters, '$.instanceId'), json_extract_scalar(requestparameters, '$.ModifyInstanceMetadataOptionsRequest.InstanceId'),
    json_extract_scalar(requestparameters, '$.CreateLaunchTemplateVersionRequest.LaunchTemplateId'),
    json_extract_scalar(requestparameters, '$.CreateLaunchTemplateRequest.LaunchTemplateName'),
    json_extract_scalar(requestparameters, '$.launchConfigurationName')) AS resource,
  json_extract_scalar(requestparameters, '$.iamInstanceProfile.name') AS profile,
  strpos(lower(requestparameters), '"userdata"') > 0 AS user_data,
  principal, credential, sourceipaddress AS source_ip, coalesce(errorcode, errormessage) AS error, ordinal
FROM events
WHERE event_ts >= ${since} AND event_ts < ${until}
  AND (eventname = 'ModifyInstanceAttribute' AND strpos(lower(requestparameters), '"userdata"') > 0
    OR eventname IN ('AssociateIamInstanceProfile', 'ReplaceIamInstanceProfileAssociation', 'ModifyInstanceMetadataOptions',
      'CreateLaunchTemplate', 'CreateLaunchTemplateVersion', 'ModifyLaunchTemplate', 'CreateLaunchConfiguration'))
ORDER BY ordinal
