-- title: Devices to which no policy applies
-- description: Devices that are bound to no policy of JumpCloud. That one is bound does not prove that it was
--   applied.
-- rows: bad
-- severity: medium
-- finding: devices has|have no policy
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, policies
-- evidence: SOC 2 CC6.8, CC7.1; ISO/IEC 27001:2022 A.8.1, A.8.9; CIS Controls 8 4.1
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial,
	CASE WHEN isPolicyBound IS NULL THEN 'JumpCloud does not say whether a policy applies' END AS unknown
FROM jumpcloud_device
WHERE isPolicyBound IS DISTINCT FROM 1
ORDER BY name, key, organization
