-- title: Operating systems and their versions
-- description: How many devices with JumpCloud's agent have which version of which operating system. Which of them are still
--   supported is not in the graph.
-- rows: informative
-- finding: version|versions of operating systems
-- tags: devices, inventory
-- evidence: SOC 2 CC7.1; ISO/IEC 27001:2022 A.8.8; CIS Controls 8 2.2
SELECT concat_ws(' ', osName, osVersion) AS key, osName AS "osName", osVersion AS "osVersion", count(*) AS devices
FROM jumpcloud_device
GROUP BY osName, osVersion
ORDER BY osName NULLS FIRST, osVersion NULLS FIRST
