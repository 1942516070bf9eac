SELECT userIdentity.arn, eventSource, eventName, COUNT(*) AS n FROM $EDS_ID
WHERE errorCode IN ('AccessDenied', 'AccessDeniedException', 'Client.UnauthorizedOperation', 'UnauthorizedOperation')
  AND eventTime BETWEEN TIMESTAMP '2026-03-03 02:00:00' AND TIMESTAMP '2026-03-03 03:00:00'
GROUP BY userIdentity.arn, eventSource, eventName
