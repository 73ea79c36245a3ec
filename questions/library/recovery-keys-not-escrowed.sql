-- title: Encrypted devices whose recovery key is not escrowed
-- description: Devices that are encrypted, or may be, and of which JumpCloud holds no recovery key. The key itself is
--   never read.
-- rows: bad
-- severity: medium
-- finding: devices is|are encrypted without an escrowed recovery key
-- among: SELECT count(*) FROM jumpcloud_device
-- tags: devices, encryption
-- evidence: SOC 2 CC6.7; ISO/IEC 27001:2022 A.8.24; CIS Controls 8 3.6
SELECT _key AS key, _organization AS organization, displayName AS name, osDetails AS "osDetails", serial,
	CASE WHEN encrypted IS NULL THEN 'JumpCloud does not say whether the disk is encrypted'
		WHEN isEncryptionKeyPresent IS NULL THEN 'JumpCloud does not say whether it holds a recovery key' END AS unknown
FROM jumpcloud_device
WHERE encrypted IS DISTINCT FROM 0 AND isEncryptionKeyPresent IS DISTINCT FROM 1
ORDER BY name, key, organization
