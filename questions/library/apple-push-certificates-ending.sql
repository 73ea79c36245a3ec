-- title: Apple push certificates that end soon, or have ended
-- description: Device managers whose certificate for push messages has ended, or will within some days of the
--   collection: then they lose all their devices.
-- rows: bad
-- severity: medium
-- finding: device managers has|have a push certificate that ends within :days days, or has ended
-- among: SELECT count(*) FROM jumpcloud_apple_mdm
-- tags: devices, apple
-- evidence: SOC 2 CC7.1; ISO/IEC 27001:2022 A.8.1
-- parameter: days = 30: How many days before its end a certificate counts.
SELECT _key AS key, _organization AS organization, name, apnsCertExpiry AS ends,
	CASE WHEN endsOn IS NULL THEN 'JumpCloud does not say when the certificate ends, or none is set up' END AS unknown
FROM (SELECT _key, _organization, name, apnsCertExpiry, time_ms(apnsCertExpiry) AS endsOn FROM jumpcloud_apple_mdm) m
WHERE endsOn IS NULL OR endsOn < :now + CAST(:days AS NUMERIC) * 86400000
ORDER BY name, key, organization
