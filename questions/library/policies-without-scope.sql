-- title: Conditional access policies that apply to nobody
-- description: Conditional access policies that name no user, no group and no attribute of users whom they apply to. Whether a
--   named group has users is not looked at.
-- rows: bad
-- severity: low
-- finding: policies applies|apply to nobody
-- among: SELECT count(*) FROM jumpcloud_authn_policy
-- tags: governance, policies
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.5.15; CIS Controls 8 6.7
SELECT _key AS key, _organization AS organization, name, policyType AS about, action, active,
	CASE WHEN scoped IS NULL THEN 'JumpCloud does not say whom the policy applies to' END AS unknown
FROM jumpcloud_authn_policy
WHERE scoped IS DISTINCT FROM 1
ORDER BY name, key, organization
