SELECT regexp_extract(useridentity.arn, 'assumed-role/([^/]+)/', 1) AS role, count(DISTINCT useridentity.accesskeyid) AS sessions
FROM cloudtrail_logs WHERE useridentity.type = 'AssumedRole'
GROUP BY regexp_extract(useridentity.arn, 'assumed-role/([^/]+)/', 1)
