-- title: Collections that were not read to the end
-- description: What the other answers cannot rest on: kinds of data that were forbidden, left out, or not read whole, and a
--   run that ended early. What an organization does not use is no finding.
-- rows: bad
-- severity: high
-- finding: collection|collections not read to the end, or a run that ended early
-- tags: completeness
-- evidence: SOC 2 CC2.1
SELECT _organization || ' ' || name AS key, name, endpoint, status, reason, expected, received
FROM collection
WHERE status NOT IN ('complete', 'unavailable')
UNION
SELECT 'run', 'run', NULL, status, reason, NULL, NULL
FROM manifest
WHERE status <> 'complete' AND (reason IS NOT NULL OR NOT EXISTS (SELECT 1 FROM collection))
ORDER BY key
