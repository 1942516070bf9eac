SELECT eventSource, COUNT(*) AS apiCount
FROM 6f1a9b32-4c0d-4e7a-9d51-2b8c7e0f4a15
WHERE eventTime > '2026-03-03 00:00:00' AND eventTime < '2026-03-04 00:00:00'
GROUP BY eventSource ORDER BY apiCount DESC
