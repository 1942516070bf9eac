SELECT count(*) AS TotalEvents, useridentity.arn, eventsource, eventname, errorcode
FROM cloudtrail_logs
WHERE (errorcode = 'AccessDenied' OR errorcode = 'Client.UnauthorizedOperation' OR errorcode LIKE '%AccessDenied%')
  AND useridentity.arn IS NOT NULL
GROUP BY useridentity.arn, eventsource, eventname, errorcode
HAVING count(*) >= 2
ORDER BY TotalEvents DESC
