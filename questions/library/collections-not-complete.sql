-- title: Collections that were not read to the end
-- description: What the other answers cannot rest on: kinds of data that were forbidden, left out, in use nowhere, or
--   not read whole.
-- rows: bad
-- tags: completeness
-- evidence: SOC 2 CC4.1; ISO/IEC 27001:2022 A.5.35
SELECT _organization || ' ' || name AS key, name, endpoint, status, reason, expected, received
FROM collection
WHERE status <> 'complete'
ORDER BY _organization, name
