SELECT date(eventTime) AS day, COUNT(*) AS n, MIN(eventTime) AS first FROM $EDS_ID GROUP BY date(eventTime)
