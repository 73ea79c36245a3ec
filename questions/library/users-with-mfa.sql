-- title: Users who have set up MFA
-- description: Users with a second factor: what to show to an auditor who asks whether it is in use.
-- rows: informative
-- finding: users has|have set up MFA
-- among: SELECT count(*) FROM jumpcloud_user
-- tags: users, mfa
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.5; CIS Controls 8 6.3
SELECT _key AS key, _organization AS organization, username, email, state,
	CASE WHEN mfaConfigured IS NULL THEN 'JumpCloud does not say whether MFA is set up' END AS unknown
FROM jumpcloud_user
WHERE mfaConfigured IS DISTINCT FROM 0
ORDER BY username NULLS FIRST, key, organization
