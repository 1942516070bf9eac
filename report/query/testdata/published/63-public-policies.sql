SELECT eventid, json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  json_extract(requestparameters, '$.bucketPolicy.Statement[0].Principal') AS principal
FROM cloudtrail_logs WHERE eventname = 'PutBucketPolicy'
