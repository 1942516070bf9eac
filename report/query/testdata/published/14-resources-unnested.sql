SELECT resource.arn, resource.type, count(*) AS calls
FROM cloudtrail_logs
CROSS JOIN UNNEST(resources) AS t(resource)
WHERE resource.type = 'AWS::S3::Bucket' AND eventname = 'GetObject'
GROUP BY resource.arn, resource.type
HAVING count(*) > 5
