SELECT eventtime, useridentity.arn, json_extract_scalar(requestparameters, '$.groupId') AS groupid
FROM cloudtrail_111122223333
WHERE eventname LIKE 'AuthorizeSecurityGroup%' AND (requestparameters LIKE '%0.0.0.0/0%' OR requestparameters LIKE '%::/0%')
