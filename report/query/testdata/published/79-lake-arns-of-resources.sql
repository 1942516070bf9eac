SELECT eventID, array_join(transform(filter(resources, r -> r.type = 'AWS::S3::Object'), r -> r.arn), ' ') AS objects
FROM $EDS_ID WHERE eventSource = 's3.amazonaws.com' AND userIdentity.accessKeyId = 'AKIA2IAJGZMCPEXAMPLE' AND cardinality(resources) > 1
