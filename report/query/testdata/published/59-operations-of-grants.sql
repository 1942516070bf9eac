SELECT eventid, json_array_contains(json_extract(requestparameters, '$.operations'), 'Decrypt') AS decrypts,
  json_array_get(json_extract(requestparameters, '$.operations'), 1) AS second, json_format(json_extract(requestparameters, '$.operations')) AS operations
FROM cloudtrail_logs WHERE eventname = 'CreateGrant'
