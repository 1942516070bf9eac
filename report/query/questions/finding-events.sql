-- title: The events of findings
-- meaning: The events that the findings of a detector, or of a severity, list, with who made them. An
--   event may be in several findings, and is then here several times. Severity is that of the finding
--   and not of the event.
-- param: detector text %: The detector; % stands for anything.
-- param: severity text %: One of informational, low, medium, high and critical; % stands for any.
-- param: since
-- param: until
-- key: finding_ordinal, ordinal
SELECT e.event_ts AS time, f.severity, f.detector, e.account, e.eventname AS call, e.principal, e.credential,
  e.sourceipaddress AS source_ip, coalesce(e.errorcode, e.errormessage) AS error, f.finding_ordinal, e.ordinal
FROM findings f JOIN events e ON e.ordinal = f.ordinal
WHERE f.detector LIKE ${detector} AND f.severity LIKE ${severity} AND e.event_ts >= ${since} AND e.event_ts < ${until}
ORDER BY f.finding_ordinal, e.ordinal
