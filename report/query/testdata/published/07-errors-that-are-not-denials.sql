SELECT DISTINCT errorcode FROM cloudtrail_logs
WHERE errorcode <> '' AND NOT regexp_like(errorcode, '(?i)denied|unauthori[sz]ed')
ORDER BY errorcode
