SELECT json_extract_scalar(eventJson, '$.eventID') AS id, json_extract_scalar(eventJson, '$.userIdentity.userName') AS who
FROM $EDS_ID WHERE eventName IN ('StopLogging', 'PutUserPolicy')
