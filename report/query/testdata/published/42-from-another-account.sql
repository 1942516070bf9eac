SELECT useridentity.accountid, recipientaccountid, eventname, count(*) AS n FROM cloudtrail_logs
WHERE useridentity.accountid <> recipientaccountid AND useridentity.type <> 'AWSService'
GROUP BY 1, 2, 3 ORDER BY 4 DESC
