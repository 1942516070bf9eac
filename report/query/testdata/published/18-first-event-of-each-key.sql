SELECT accesskeyid, eventname, eventtime FROM (
  SELECT useridentity.accesskeyid AS accesskeyid, eventname, eventtime,
    row_number() OVER (PARTITION BY useridentity.accesskeyid ORDER BY eventtime, eventid) AS rn
  FROM cloudtrail_logs WHERE useridentity.accesskeyid LIKE 'AKIA%' AND eventid IS NOT NULL)
WHERE rn = 1
