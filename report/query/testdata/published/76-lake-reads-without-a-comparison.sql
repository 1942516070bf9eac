SELECT recipientAccountId, COUNT(*) AS n FROM $EDS_ID WHERE readOnly AND NOT managementEvent GROUP BY recipientAccountId
