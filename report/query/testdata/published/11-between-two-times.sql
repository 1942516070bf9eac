SELECT useridentity.accesskeyid, count(*) AS events
FROM cloudtrail_logs
WHERE eventtime BETWEEN '2026-03-03T00:00:00Z' AND '2026-03-03T11:59:59Z' AND useridentity.accesskeyid LIKE 'AKIA%'
GROUP BY useridentity.accesskeyid
