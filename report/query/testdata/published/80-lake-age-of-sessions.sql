SELECT userIdentity.sessionContext.sessionIssuer.userName, max(date_diff('minute', userIdentity.sessionContext.attributes.creationDate, eventTime)) AS minutes
FROM $EDS_ID WHERE userIdentity.type = 'AssumedRole' AND userIdentity.sessionContext.attributes.creationDate > TIMESTAMP '2026-03-01 00:00:00'
GROUP BY userIdentity.sessionContext.sessionIssuer.userName
