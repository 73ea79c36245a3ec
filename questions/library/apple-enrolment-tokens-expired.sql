-- title: Expired tokens for automated enrolment
-- description: Device managers whose token for Apple's automated enrolment has expired, so that new devices are not
--   managed by themselves. A missing token is no finding: not everybody uses one.
-- rows: bad
-- severity: medium
-- finding: device managers has|have an expired token
-- among: SELECT count(*) FROM jumpcloud_apple_mdm
-- tags: devices, apple
-- evidence: SOC 2 CC7.1; ISO/IEC 27001:2022 A.8.1
SELECT _key AS key, _organization AS organization, name, depServerTokenState AS token,
	CASE WHEN depServerTokenState IS DISTINCT FROM 'expired' THEN 'JumpCloud does not say in which state the token is' END AS unknown
FROM jumpcloud_apple_mdm
WHERE depServerTokenState IS NULL OR depServerTokenState NOT IN ('valid', 'missing')
ORDER BY name, key, organization
