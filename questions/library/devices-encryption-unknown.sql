-- title: Devices whose encryption is unknown
-- description: Devices that do not report whether their disk is encrypted, as is usual on Linux: each needs another
--   proof.
-- rows: bad
-- severity: medium
-- finding: devices does|do not report encryption
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, encryption
-- evidence: SOC 2 CC6.7; ISO/IEC 27001:2022 A.8.1, A.8.24; CIS Controls 8 3.6
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial
FROM jumpcloud_device
WHERE encrypted IS NULL
ORDER BY name, key, organization
