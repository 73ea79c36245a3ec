-- title: MFA exclusions without an end, or past it
-- description: Users who are excluded from MFA with no date on which that ends, or with one that has passed when the
--   graph was collected.
-- rows: bad
-- severity: high
-- finding: users is|are excluded from MFA without an end, or past it
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5; CIS Controls 8 6.3
SELECT _key AS key, _organization AS organization, username, email, state, iso_time(mfaExclusionEndOn) AS ends,
	CASE WHEN mfaExclusion IS NULL THEN 'JumpCloud does not say whether the user is excluded' END AS unknown
FROM jumpcloud_user
WHERE mfaExclusion IS DISTINCT FROM 0 AND (mfaExclusionEndOn IS NULL OR mfaExclusionEndOn < :now)
ORDER BY username NULLS FIRST, key, organization
