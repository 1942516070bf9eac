SELECT userName, n FROM (
  SELECT userIdentity.sessionContext.sessionIssuer.userName AS userName, COUNT(*) AS n,
    RANK() OVER (ORDER BY COUNT(*) DESC) AS place
  FROM $EDS_ID WHERE userIdentity.type = 'AssumedRole' GROUP BY userIdentity.sessionContext.sessionIssuer.userName)
WHERE place <= 5
