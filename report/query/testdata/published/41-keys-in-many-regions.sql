SELECT useridentity.accesskeyid, count(DISTINCT awsregion) AS regions, min(eventtime) AS first, max(eventtime) AS last
FROM cloudtrail_logs WHERE useridentity.accesskeyid LIKE 'A%' AND readonly = 'true'
GROUP BY useridentity.accesskeyid HAVING count(DISTINCT awsregion) > 2
