SELECT userIdentity.accessKeyId, COUNT(DISTINCT sourceIPAddress) AS addresses FROM $EDS_ID
WHERE userIdentity.accessKeyId IS NOT NULL GROUP BY userIdentity.accessKeyId HAVING COUNT(DISTINCT sourceIPAddress) > 1
