-- title: Users with sudo but without MFA
-- description: Users who are administrators on all systems bound to them and have set up no second factor, excluded
--   from it or not.
-- rows: bad
-- severity: high
-- finding: users has|have sudo but no MFA
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, mfa, privileged
-- evidence: SOC 2 CC6.1, CC6.3; ISO/IEC 27001:2022 A.8.2, A.8.5; CIS Controls 8 6.5
SELECT _key AS key, _organization AS organization, username, email, state,
	CASE WHEN sudo IS NULL THEN 'JumpCloud does not say whether the user has sudo'
		WHEN mfaConfigured IS NULL THEN 'JumpCloud does not say whether MFA is set up' END AS unknown
FROM jumpcloud_user
WHERE sudo IS DISTINCT FROM 0 AND mfaConfigured IS DISTINCT FROM 1
ORDER BY username NULLS FIRST, key, organization
