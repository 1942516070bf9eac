SELECT eventid, json_extract_scalar(permission, '$.ipProtocol') AS protocol, json_extract_scalar(permission, '$.fromPort') AS port
FROM cloudtrail_logs
CROSS JOIN UNNEST(CAST(json_extract(requestparameters, '$.ipPermissions.items') AS ARRAY(JSON))) AS t(permission)
WHERE eventname = 'AuthorizeSecurityGroupIngress'
