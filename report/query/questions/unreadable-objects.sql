-- title: Objects that could not be read whole
-- meaning: Files of the evidence that are damaged, empty or unreadable, those that were left out by a
--   filter, and those with bad records. What they held is missing from every other answer. Files that
--   were read and are no CloudTrail records, such as digests, are no loss and not listed.
-- key: ordinal
SELECT ordinal, source AS evidence, path AS object, size, status, reason, kept, bad, problem_count AS problems,
  element_at(transform(problems, p -> p.text), 1) AS first_problem
FROM objects
WHERE status NOT IN ('parsed', 'recognised') OR bad > 0 OR problem_count > 0
ORDER BY ordinal
