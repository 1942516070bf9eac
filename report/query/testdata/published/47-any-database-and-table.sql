SELECT eventtime, eventname, useridentity.username, requestparameters
FROM incident_db.cloudtrail_table
WHERE eventname IN ('CreateUser', 'CreateLoginProfile', 'AttachUserPolicy', 'PutUserPolicy', 'AddUserToGroup')
ORDER BY eventtime
