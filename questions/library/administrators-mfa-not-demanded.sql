-- title: Organizations that do not demand MFA of administrators
-- description: Organizations whose settings let an administrator log in without a second factor. A single administrator may
--   have one all the same.
-- rows: bad
-- severity: high
-- finding: organizations does|do not demand MFA of administrators
-- among: SELECT count(*) FROM jumpcloud_organization_settings
-- tags: governance, administrators, mfa, settings
-- evidence: SOC 2 CC6.1; ISO/IEC 27001:2022 A.8.2, A.8.5; CIS Controls 8 6.5
SELECT _key AS key, _organization AS organization, name,
	CASE WHEN requireAdminMfa IS NULL THEN 'JumpCloud does not say whether administrators need a second factor' END AS unknown
FROM jumpcloud_organization_settings
WHERE requireAdminMfa IS DISTINCT FROM 1
ORDER BY name, key, organization
