-- title: Apple push certificates that end soon, or have ended
-- description: Device managers whose certificate for push messages has ended, or will within some days of the
--   collection: then they lose all their devices.
-- rows: bad
-- tags: devices, apple
-- evidence: SOC 2 CC7.1; ISO/IEC 27001:2022 A.8.1, A.8.24
-- parameter: days = 30: How many days before its end a certificate counts.
SELECT _key AS key, name, apnsCertExpiry AS ends,
	CASE WHEN julianday(apnsCertExpiry) IS NULL THEN 'JumpCloud does not say when the certificate ends' END AS unknown
FROM jumpcloud_apple_mdm
WHERE julianday(apnsCertExpiry) IS NULL OR julianday(apnsCertExpiry) < julianday(:now / 1000, 'unixepoch') + :days
ORDER BY name, key
