SELECT eventtime, eventsource, eventname, awsregion, sourceipaddress, errorcode
FROM cloudtrail_logs
WHERE useridentity.arn LIKE '%:user/mallory'
ORDER BY eventtime ASC, eventid
