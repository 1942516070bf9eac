-- title: What the detectors found
-- meaning: Each finding with its severity, subject and reason. A detector knows a pattern and not your
--   company: each finding is a question to somebody. No finding does not mean that nothing happened.
-- param: detector text %: The detector; % stands for anything.
-- key: finding_ordinal
SELECT severity, detector, subject, why, count(*) AS events, min(event_ts) AS first, max(event_ts) AS last,
  min(ordinal) AS first_event, finding_id, finding_ordinal
FROM findings
WHERE detector LIKE ${detector}
GROUP BY severity, detector, subject, why, finding_id, finding_ordinal
ORDER BY CASE severity WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 WHEN 'low' THEN 4 ELSE 5 END, finding_ordinal
