SELECT DISTINCT useridentity.arn AS arn FROM cloudtrail_logs WHERE eventname = 'GetObject' AND useridentity.arn IS NOT NULL
EXCEPT
SELECT DISTINCT useridentity.arn FROM cloudtrail_logs WHERE eventname = 'PutObject'
