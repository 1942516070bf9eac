SELECT eventName, COUNT(*) AS n FROM $EDS_ID WHERE readOnly = false AND managementEvent = true GROUP BY eventName HAVING COUNT(*) > 2
