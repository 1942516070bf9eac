SELECT eventID, array_join(array_sort(map_values(requestParameters)), ',') AS all_values
FROM $EDS_ID WHERE eventName IN ('DeleteAccessKey', 'UpdateAccessKey', 'AttachUserPolicy', 'CreateLoginProfile')
