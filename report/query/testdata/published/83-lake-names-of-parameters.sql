SELECT parameter, COUNT(*) AS n FROM $EDS_ID CROSS JOIN UNNEST(map_keys(requestParameters)) AS t(parameter)
WHERE eventSource = 'iam.amazonaws.com' GROUP BY parameter
