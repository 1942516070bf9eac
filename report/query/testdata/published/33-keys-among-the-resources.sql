SELECT eventname, count(*) AS n FROM cloudtrail_logs
WHERE cardinality(filter(resources, r -> r.type = 'AWS::KMS::Key')) > 0
  AND any_match(resources, r -> r.arn LIKE 'arn:aws:kms:us-east-1:%')
GROUP BY eventname
