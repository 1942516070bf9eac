SELECT cardinality(requestParameters) AS parameters, COUNT(*) AS n FROM $EDS_ID WHERE eventSource = 'ssm.amazonaws.com' GROUP BY cardinality(requestParameters)
