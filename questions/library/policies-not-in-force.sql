-- title: Conditional access policies that enforce nothing
-- description: Conditional access policies that are switched off, or only note what they would do.
-- rows: bad
-- severity: medium
-- finding: policies is|are disabled or only monitors|monitor
-- among: SELECT count(*) FROM jumpcloud_authn_policy
-- tags: governance, policies
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.15; CIS Controls 8 6.7
SELECT _key AS key, _organization AS organization, name, policyType AS about, action, mfaRequired AS mfa, disabled, monitorOnly AS "monitorOnly",
	CASE WHEN active IS NULL THEN 'JumpCloud does not say whether the policy is in force' END AS unknown
FROM jumpcloud_authn_policy
WHERE active IS DISTINCT FROM 1
ORDER BY name, key, organization
