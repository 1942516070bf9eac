SELECT array_join(array_distinct(transform(resources, r -> r.accountid)), ';') AS owners, count(*) AS n
FROM cloudtrail_logs WHERE resources IS NOT NULL AND cardinality(resources) > 0
GROUP BY 1
