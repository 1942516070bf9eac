SELECT sourceipaddress, eventname, count(*) AS n FROM cloudtrail_logs
WHERE sourceipaddress IN (SELECT sourceipaddress FROM cloudtrail_logs WHERE eventname = 'ConsoleLogin' AND errormessage = 'Failed authentication'
  GROUP BY sourceipaddress HAVING count(*) > 2)
GROUP BY sourceipaddress, eventname
