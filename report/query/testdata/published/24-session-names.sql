SELECT DISTINCT split_part(useridentity.principalid, ':', 2) AS session
FROM cloudtrail_logs
WHERE useridentity.type = 'AssumedRole' AND split_part(useridentity.principalid, ':', 2) LIKE '%@%'
