SELECT region_partition, account_partition, eventsource, count(*) AS n
FROM cloudtrail
WHERE date_partition >= '2026/03/03' AND date_partition <= '2026/03/04'
  AND region_partition IN ('eu-west-1', 'us-east-1') AND account_partition = '111122223333' AND eventsource LIKE 'k%'
GROUP BY region_partition, account_partition, eventsource
