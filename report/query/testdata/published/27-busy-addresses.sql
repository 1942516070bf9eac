SELECT sourceipaddress, count(DISTINCT useridentity.accesskeyid) AS keys
FROM cloudtrail_logs
WHERE regexp_like(sourceipaddress, '^\d+\.\d+\.\d+\.\d+$')
GROUP BY sourceipaddress
HAVING count(DISTINCT useridentity.accesskeyid) >= 3
ORDER BY keys DESC
