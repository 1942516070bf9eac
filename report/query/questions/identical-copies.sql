-- title: Objects whose events were delivered twice
-- meaning: Which object repeats the events of which other one, and how many. Two trails, a second copy
--   of the evidence, and CloudTrail itself, which promises delivery at least once, cause this. Copies
--   are counted once in every answer; this one says where they lie.
-- key: object, object_ordinal, copy_ordinal
SELECT concat(o.source, '/', o.path) AS object, concat(c.source, '/', c.path) AS copied_in, count(*) AS events, o.ordinal AS object_ordinal, c.ordinal AS copy_ordinal
FROM events e
  CROSS JOIN UNNEST(e.copies) AS t(copy)
  JOIN objects o ON o.ordinal = e.object_ordinal
  JOIN objects c ON c.ordinal = copy.object_ordinal
WHERE e.copies_count > 0
GROUP BY o.source, o.path, c.source, c.path, o.ordinal, c.ordinal
ORDER BY object, object_ordinal, copy_ordinal
