SELECT eventID, json_array_get(element_at(requestParameters, 'valuesToAdd'), 0) AS first,
  json_array_length(element_at(requestParameters, 'valuesToAdd')) AS n
FROM $EDS_ID WHERE eventName = 'ModifyDBSnapshotAttribute'
