SELECT eventid, json_array_length(json_extract(responseelements, '$.instancesSet.items')) AS launched,
  json_extract_scalar(responseelements, '$.instancesSet.items[0].instanceId') AS first_instance
FROM cloudtrail_logs WHERE eventname = 'RunInstances' AND errorcode IS NULL
