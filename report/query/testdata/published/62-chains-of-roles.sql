SELECT a.useridentity.arn AS from_arn, json_extract_scalar(a.requestparameters, '$.roleArn') AS role, count(b.eventid) AS events
FROM cloudtrail_logs a LEFT JOIN cloudtrail_logs b
  ON b.useridentity.accesskeyid = json_extract_scalar(a.responseelements, '$.credentials.accessKeyId')
WHERE a.eventname = 'AssumeRole' AND a.useridentity.type = 'AssumedRole' AND a.errorcode IS NULL
GROUP BY a.useridentity.arn, json_extract_scalar(a.requestparameters, '$.roleArn')
