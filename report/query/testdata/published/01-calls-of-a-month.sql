-- table of one account with partitions by year, month and day
SELECT eventname, count(*) AS total
FROM cloudtrail_111122223333
WHERE year = '2026' AND month = '03'
GROUP BY eventname
ORDER BY total DESC, eventname
LIMIT 15;
