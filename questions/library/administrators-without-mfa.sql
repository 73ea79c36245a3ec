-- title: Administrators who need no second factor
-- description: Administrators of JumpCloud whose login takes no second factor. A locked one counts, too; the column says which
--   it is. Whether the organization demands a second factor of all administrators is another question.
-- rows: bad
-- severity: high
-- finding: administrators needs|need no second factor
-- among: SELECT count(*) FROM jumpcloud_administrator
-- tags: governance, administrators, mfa, privileged
-- evidence: SOC 2 CC6.1, CC6.3; ISO/IEC 27001:2022 A.8.2, A.8.5; CIS Controls 8 6.5
SELECT _key AS key, _organization AS organization, email, name, suspended, totpEnrolled AS "totpEnrolled",
	CASE WHEN isMfaEnabled IS NULL THEN 'JumpCloud does not say whether a second factor is needed' END AS unknown
FROM jumpcloud_administrator
WHERE isMfaEnabled IS DISTINCT FROM 1
ORDER BY email NULLS FIRST, key, organization
