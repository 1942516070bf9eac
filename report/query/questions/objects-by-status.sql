-- title: What became of every object
-- meaning: The account of the evidence: how many files have which status, and how many records they
--   gave. The sums show that nothing was skipped in silence. A digest or an insight is recognised and
--   not part of the timeline.
-- key: evidence, status, reason
SELECT source AS evidence, status, reason, count(*) AS objects, sum(size) AS bytes, sum(framed) AS records, sum(kept) AS kept,
  sum(excluded) AS excluded, sum(bad) AS bad, sum(other) AS other
FROM objects
GROUP BY source, status, reason
ORDER BY evidence, status, reason
