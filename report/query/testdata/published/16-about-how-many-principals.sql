SELECT awsregion, abs(approx_distinct(useridentity.arn) - count(DISTINCT useridentity.arn)) <= 3 + count(DISTINCT useridentity.arn) / 10 AS close
FROM cloudtrail_logs GROUP BY awsregion
