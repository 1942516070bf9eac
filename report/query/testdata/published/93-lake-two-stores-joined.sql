SELECT made.eventTime, element_at(made.requestParameters, 'userName') AS user, COUNT(used.eventID) AS events
FROM $EDS_ID AS made LEFT JOIN $EDS_ID AS used ON used.userIdentity.userName = element_at(made.requestParameters, 'userName')
WHERE made.eventName = 'CreateUser' AND element_at(made.requestParameters, 'userName') IS NOT NULL
GROUP BY made.eventTime, element_at(made.requestParameters, 'userName')
