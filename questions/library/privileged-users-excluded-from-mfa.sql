-- title: Users with sudo who are excluded from MFA
-- description: Users who are administrators on all systems bound to them and need no second factor, with an end of that or
--   without, though one may be set up.
-- rows: bad
-- severity: high
-- finding: users has|have sudo and is|are excluded from MFA
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, mfa, privileged
-- evidence: SOC 2 CC6.1, CC6.3; ISO/IEC 27001:2022 A.8.2, A.8.5; CIS Controls 8 6.5
SELECT _key AS key, _organization AS organization, username, email, state,
	iso_time(mfaExclusionEndOn) AS ends,
	CASE WHEN sudo IS NULL THEN 'JumpCloud does not say whether the user has sudo'
		WHEN mfaExclusion IS NULL THEN 'JumpCloud does not say whether the user is excluded' END AS unknown
FROM jumpcloud_user
WHERE sudo IS DISTINCT FROM 0 AND mfaExclusion IS DISTINCT FROM 0 AND (mfaExclusionEndOn IS NULL OR mfaExclusionEndOn >= :now)
ORDER BY username NULLS FIRST, key, organization
