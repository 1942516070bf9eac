SELECT 'secret' AS kind, json_extract_scalar(requestparameters, '$.secretId') AS name, useridentity.arn
FROM cloudtrail_logs WHERE eventname = 'GetSecretValue'
UNION ALL
SELECT 'parameter', json_extract_scalar(requestparameters, '$.path'), useridentity.arn
FROM cloudtrail_logs WHERE eventname = 'GetParametersByPath' AND useridentity.type = 'IAMUser'
