SELECT recipientaccountid, eventname, n FROM (
  SELECT recipientaccountid, eventname, count(*) AS n, rank() OVER (PARTITION BY recipientaccountid ORDER BY count(*) DESC) AS place
  FROM cloudtrail_logs WHERE recipientaccountid IS NOT NULL GROUP BY recipientaccountid, eventname)
WHERE place <= 3
