SELECT sourceIPAddress, errorMessage, COUNT(*) AS n FROM <EDS_ID>
WHERE eventName = 'ConsoleLogin' AND element_at(responseElements, 'ConsoleLogin') = 'Failure'
GROUP BY sourceIPAddress, errorMessage
