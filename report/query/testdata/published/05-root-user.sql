SELECT eventtime, eventname, sourceipaddress, useragent FROM default.cloudtrail_logs
WHERE userIdentity.type = 'Root' AND userIdentity.invokedBy IS NULL AND eventType <> 'AwsServiceEvent'
