SELECT eventid, useridentity.arn, sourceipaddress
FROM cloudtrail_logs_my_audit_bucket
WHERE eventname = 'ConsoleLogin'
  AND additionaleventdata LIKE '%"MFAUsed":"No"%'
  AND responseelements LIKE '%Success%'
