-- title: Users without MFA who are not excluded from it
-- description: Users who have set up no second factor, though nobody excused them, or no longer does. A user counts whatever the state
--   of the account; the column says which it is.
-- rows: bad
-- severity: high
-- finding: users has|have no MFA and is|are not excluded from it
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5; CIS Controls 8 6.3
SELECT _key AS key, _organization AS organization, username, email, state,
	CASE WHEN mfaConfigured IS NULL THEN 'JumpCloud does not say whether MFA is set up'
		WHEN mfaExclusion IS NULL THEN 'JumpCloud does not say whether the user is excluded' END AS unknown
FROM jumpcloud_user
WHERE mfaConfigured IS DISTINCT FROM 1 AND (mfaExclusion IS DISTINCT FROM 1 OR mfaExclusionEndOn < :now)
ORDER BY username NULLS FIRST, key, organization
