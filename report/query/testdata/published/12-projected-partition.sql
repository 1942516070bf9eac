SELECT timestamp, count(*) AS n FROM cloudtrail_logs_pp
WHERE timestamp >= '2026/03/03' AND "timestamp" < '2026/03/05'
GROUP BY timestamp ORDER BY 1
