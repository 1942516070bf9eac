SELECT awsregion, count(*) AS n, round(1E2 * count(*) / sum(count(*)) OVER (), 2) AS percent, 100.0 * count(*) / sum(count(*)) OVER () AS as_decimal
FROM cloudtrail_logs GROUP BY awsregion
