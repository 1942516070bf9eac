SELECT useragent, count(*) AS n FROM cloudtrail_logs
WHERE regexp_like(lower(useragent), 'kali|parrot|pentoo|pacu|scout')
GROUP BY useragent
