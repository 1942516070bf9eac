WITH created AS (
  SELECT json_extract_scalar(responseelements, '$.accessKey.accessKeyId') AS key_id, eventtime AS created_at
  FROM cloudtrail_logs WHERE eventname = 'CreateAccessKey'
), used AS (
  SELECT useridentity.accesskeyid AS key_id, sourceipaddress, count(*) AS events
  FROM cloudtrail_logs GROUP BY useridentity.accesskeyid, sourceipaddress
)
SELECT created.key_id, created.created_at, used.sourceipaddress, used.events
FROM created LEFT JOIN used ON created.key_id = used.key_id
WHERE created.key_id IS NOT NULL
