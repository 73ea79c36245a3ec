-- title: Password policies that demand too little
-- description: Password policies of organizations that take passwords of fewer characters, or never lock an account after
--   failures. A policy of a group of users is another one, and is not read.
-- rows: bad
-- severity: medium
-- finding: password policies takes|take fewer than :length characters or never locks|lock an account
-- among: SELECT count(*) FROM jumpcloud_password_policy
-- tags: governance, settings, passwords
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.17; CIS Controls 8 5.2
-- parameter: length = 12: How many characters a password must have at least.
SELECT _key AS key, _organization AS organization, name, minLength AS "minLength", lockoutEnabled AS "lockoutEnabled", lockoutAttempts AS "lockoutAttempts",
	CASE WHEN weak IS NULL THEN 'JumpCloud does not say what the policy demands' END AS unknown
FROM (SELECT _key, _organization, name, minLength, lockoutEnabled, lockoutAttempts,
	minLengthEnabled = 0 OR minLength < CAST(:length AS NUMERIC) OR lockoutEnabled = 0 AS weak
	FROM jumpcloud_password_policy) p
WHERE weak IS NOT FALSE
ORDER BY name, key, organization
