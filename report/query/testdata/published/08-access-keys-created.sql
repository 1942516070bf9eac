SELECT eventtime, useridentity.username AS created_by,
  json_extract_scalar(responseelements, '$.accessKey.userName') AS for_user,
  json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS new_key
FROM cloudtrail_logs
WHERE eventname = 'CreateAccessKey' AND errorcode IS NULL
