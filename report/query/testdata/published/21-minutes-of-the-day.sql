SELECT date_format(from_iso8601_timestamp(eventtime), '%Y/%m/%d %H:%i') AS minute, count(*) AS n
FROM cloudtrail_logs
GROUP BY 1
HAVING count(*) > 9
