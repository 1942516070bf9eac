SELECT eventName, COUNT(*) AS n FROM $EDS_ID
WHERE any_match(resources, r -> r.type = 'AWS::S3::Bucket') AND eventCategory = 'Data' GROUP BY eventName
