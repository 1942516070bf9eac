SELECT recipientaccountid, array_join(array_sort(array_agg(DISTINCT awsregion)), ', ') AS regions, cardinality(array_agg(DISTINCT awsregion)) AS n
FROM cloudtrail_logs WHERE recipientaccountid IS NOT NULL GROUP BY recipientaccountid
