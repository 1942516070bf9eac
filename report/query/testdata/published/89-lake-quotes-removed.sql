SELECT replace(json_format(json_extract(eventJson, '$.requestParameters.roleName')), '"') AS role, eventTime
FROM $EDS_ID WHERE eventName = 'CreateRole' ORDER BY eventTime
