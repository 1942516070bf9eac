SELECT json_extract_scalar(json_parse(responseelements), '$.credentials.accessKeyId') AS key_id, eventname
FROM cloudtrail_logs
WHERE eventsource = 'sts.amazonaws.com' AND useridentity.type <> 'AWSService' AND responseelements IS NOT NULL
  AND json_extract_scalar(json_parse(responseelements), '$.credentials.accessKeyId') IS NOT NULL
