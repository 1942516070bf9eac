-- title: Records that are not as they should be
-- meaning: Records in which a field occurs twice, or whose text is not UTF-8. Programs that read such a
--   record may differ in what they see, which is a way to hide something. The last of two fields counts
--   here. Exports by other tools sometimes damage text.
-- key: ordinal, mark
SELECT e.event_ts AS time, mark, e.account, e.eventname AS call, e.principal, e.sourceipaddress AS source_ip,
  o.path AS object, e.record_index AS index, e.ordinal
FROM (SELECT * FROM events WHERE cardinality(marks) > 0) e
  CROSS JOIN UNNEST(e.marks) AS t(mark)
  JOIN objects o ON o.ordinal = e.object_ordinal
ORDER BY e.ordinal, mark
