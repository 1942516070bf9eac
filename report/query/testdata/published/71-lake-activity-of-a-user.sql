SELECT eventID, eventName, eventSource, eventTime, userIdentity.arn, awsRegion
FROM $EDS_ID
WHERE userIdentity.arn LIKE '%:user/mallory' AND eventTime >= TIMESTAMP '2026-03-05 00:00:00'
