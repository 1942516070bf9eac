SELECT DISTINCT a.useridentity.arn FROM cloudtrail_logs a
WHERE a.eventname = 'GetCallerIdentity' AND EXISTS (
  SELECT 1 FROM cloudtrail_logs b WHERE b.useridentity.arn = a.useridentity.arn AND b.errorcode IS NOT NULL)
