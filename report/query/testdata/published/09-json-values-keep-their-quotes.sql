SELECT eventid, json_extract(requestparameters, '$.roleArn') AS role, json_extract(requestparameters, '$.missing') AS missing
FROM cloudtrail_logs
WHERE eventname = 'AssumeRole' AND useridentity.type <> 'AWSService'
