SELECT eventTime, element_at(requestParameters, 'bucketName') AS bucket, element_at(requestParameters, 'nothing') AS nothing, userIdentity.principalid
FROM $EDS_ID WHERE eventName = 'GetObject' AND element_at(requestParameters, 'key') LIKE '%.csv'
