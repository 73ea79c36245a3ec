package jumpcloudtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// Size says how large a synthetic organization is.
type Size struct {
	// Users, Systems, Groups, Applications and AppleDevices are how many there are of each.
	Users, Systems, Groups, Applications, AppleDevices int
	// SystemGroups and Commands are how many there are of each. With either come edges of every kind: systems that users
	// may use, commands bound to systems, policies, directories and the like.
	SystemGroups, Commands int
	// Administrators, Roles, ServiceAccounts, AuthnPolicies, IPLists, Directories and RADIUSServers are how many there are of
	// each of what governs access. With any of them the organization demands little of passwords and administrators.
	Administrators, Roles, ServiceAccounts, AuthnPolicies, IPLists, Directories, RADIUSServers int
	// GroupMembers is about how many members a group has, of users or of systems.
	GroupMembers int
	// DeadRecords puts records of deleted objects among the members and the users of applications.
	DeadRecords bool
}

// Synthetic makes up an organization. The same seed and size give the same one. No two seeds have an id in common, nor
// the name of the organization, nor an e-mail address of a user; in one organization no two objects have the same id.
//
// People, companies and addresses are invented; e-mail addresses and host names are in example domains, public addresses
// in ranges for documentation. The objects differ in which fields they have, as JumpCloud's do: some are missing, null or
// empty.
func Synthetic(seed uint64, size Size) *Organization {
	g := newGenerator(seed, 0x6a756d70, time.Date(2023, 3, 1, 9, 0, 0, 0, time.UTC))
	o := &Organization{
		AppleMDMDevices: map[string][]Object{}, Members: map[string][]string{},
		ApplicationUsers: map[string][]string{}, ApplicationGroups: map[string][]string{}, Lists: map[string][]Object{},
	}
	g.org = g.id()
	o.Self = g.organization()
	for i := range size.Users {
		o.SystemUsers = append(o.SystemUsers, g.user(i))
	}
	for i := range size.Systems {
		o.Systems = append(o.Systems, g.system(i, o.SystemUsers))
	}
	for i := range size.Groups {
		group := g.group(i)
		o.UserGroups = append(o.UserGroups, group)
		o.Members[group.ID()] = g.some(o.SystemUsers, size.GroupMembers, size.DeadRecords)
	}
	for i := range size.Applications {
		app := g.application(i)
		o.Applications = append(o.Applications, app)
		o.ApplicationUsers[app.ID()] = g.some(o.SystemUsers, 2, size.DeadRecords)
		o.ApplicationGroups[app.ID()] = g.some(o.UserGroups, 1+i%2, false)
	}
	if size.AppleDevices > 0 {
		mdm := g.mdm()
		o.AppleMDMs = append(o.AppleMDMs, mdm)
		for i := range size.AppleDevices {
			o.AppleMDMDevices[mdm.ID()] = append(o.AppleMDMDevices[mdm.ID()], g.appleDevice(i, mdm.ID()))
		}
	}
	fleet(o, seed, size)
	governance(o, seed, size)
	return o
}

// Demo is the organization of the demonstration: small, and with every property of the data model in it.
func Demo() *Organization {
	o := Synthetic(demoSeed, Size{
		Users: 24, Systems: 14, Groups: 6, Applications: 7, AppleDevices: 6, SystemGroups: 3, Commands: 5, GroupMembers: 8, DeadRecords: true,
		Administrators: 9, Roles: 6, ServiceAccounts: 4, AuthnPolicies: 8, IPLists: 6, Directories: 5, RADIUSServers: 3,
	})
	o.Self["displayName"] = "Brightwater Instruments"
	return o
}

// demoSeed is the seed of the demonstration.
const demoSeed = 2026

// address puts the seed into an e-mail address; that of the demonstration is left out.
func (g *generator) address(name, domain string) string {
	if g.seed == demoSeed {
		return name + "@" + domain
	}
	return fmt.Sprintf("%s@org%d.%s", name, g.seed, domain)
}

type generator struct {
	rand *rand.Rand
	seed uint64
	// mark is the part of the seed that stands in the middle of all ids; early, the part that makes them older.
	mark  uint64
	early int64
	start time.Time
	org   string
	n     int
	// series keeps the ids of one generator apart from those of another; details counts those of another series.
	series  uint64
	details int
	// deadSeries keeps the ids of dead records of one generator apart from those of another.
	deadSeries uint64
}

// newGenerator makes a generator whose objects are made from a time on; of most seeds, up to two years before it. The
// whole seed is in each id: the 64 bits that it is mixed to stand in 38 bits of the middle, and in 26 of the time.
func newGenerator(seed, purpose uint64, start time.Time) *generator {
	const factor = 0x9e3779b97f4a7c15 // not even, so that no two seeds are mixed to the same
	mixed := seed*factor ^ factor*demoSeed&(1<<64-1)
	early := mixed & (1<<26 - 1)
	return &generator{
		rand: rand.New(rand.NewPCG(seed, purpose)), seed: seed, //nolint:gosec // made-up data must repeat
		mark:  mixed>>33<<9 | mixed>>26&0x7f<<1,
		early: int64(early), start: start.Add(-time.Duration(early) * time.Second),
	}
}

// The middle of ids has two bits that are no part of a seed: they say which of four series an id is of.
const (
	firstSeries  = 0x5eed000000
	fleetSeries  = 0x100
	detailSeries = 0x001
	madeSeries   = fleetSeries | detailSeries // made by a server
)

// objectID makes an ObjectId: seconds since 1970, 5 bytes in the middle, and a counter.
func objectID(seconds int64, middle uint64, n int) string {
	return fmt.Sprintf("%08x%010x%06x", uint32(seconds), middle, n) //nolint:gosec // ids end in 2106, and begin again
}

// id makes an id. Ids ascend as objects are made.
func (g *generator) id() string {
	g.n++
	return objectID(g.start.Unix()+int64(g.n)*977, firstSeries^g.mark|g.series, g.n)
}

// detail makes an id for what is part of an object or is only named by it. The demonstration has the id of its
// organization there: it is recorded, and stays as it is.
func (g *generator) detail() string {
	if g.seed == demoSeed {
		return g.org
	}
	g.details++
	return objectID(g.start.Unix(), firstSeries^g.mark|detailSeries, g.details)
}

// dead makes the id of a record that there was.
func (g *generator) dead() string {
	return objectID(0xdddddddd-g.early, 0xdddddddd00^g.mark^g.deadSeries, g.n)
}

// created is when the object with the last id was made.
func (g *generator) created() string { return g.after(0) }

// after is some hours after the object with the last id was made.
func (g *generator) after(hours int) string {
	t := g.start.Add(time.Duration(g.n)*977*time.Second + time.Duration(hours)*time.Hour + time.Duration(g.n%1000)*time.Millisecond)
	return t.Format("2006-01-02T15:04:05.000Z")
}

// pick returns the element of a list for the i-th object.
func pick[T any](i int, list ...T) T { return list[i%len(list)] }

// every reports whether the i-th object is one of each n.
func every(i, n int) bool { return i%n == 0 }

// some picks ids of objects, without order, with a dead one among them where asked for.
func (g *generator) some(list []Object, n int, dead bool) []string {
	var ids []string
	for _, i := range g.rand.Perm(len(list))[:min(n, len(list))] {
		ids = append(ids, list[i].ID())
	}
	if dead && len(ids) > 1 && g.rand.IntN(2) == 0 {
		ids = slices.Insert(ids, len(ids)/2, g.dead())
	}
	return ids
}

var (
	firstNames  = []string{"Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Farid", "Greta", "Hugo", "Ines", "Jonas", "Keiko", "Lena", "Milan", "Nadia", "Óscar", "Priya", "Quinn", "Rosa", "Søren", "Tara"}
	lastNames   = []string{"Albrecht", "Bianchi", "Cortez", "Dlamini", "Eriksen", "Fontaine", "Goldberg", "Haddad", "Ito", "Jansen", "Kowalski", "Larsen", "Moreau", "Nakamura", "O'Dell", "Petrov", "Quispe"}
	departments = []string{"Engineering", "Finance", "Operations", "People", "Sales"}
)

func (g *generator) user(i int) Object {
	id := g.id()
	first, last := pick(i, firstNames...), pick(i/len(firstNames)+i*3, lastNames...)
	username := fmt.Sprintf("%s.%s%d", ascii(first), ascii(last), i)
	state := pick(i, "ACTIVATED", "ACTIVATED", "STAGED", "ACTIVATED", "SUSPENDED", "ACTIVATED")
	u := Object{
		"_id": id, "id": id, "organization": g.org,
		"username": username, "systemUsername": "", "email": g.address(username, "example.com"),
		"alternateEmail": nil, "firstname": first, "middlename": "", "lastname": last, "displayname": first + " " + last,
		"description": "", "company": "Brightwater Instruments", "costCenter": pick(i, "4100", "4200"),
		"department": pick(i, departments...), "employeeType": pick(i, "employee", "contractor", ""),
		"employeeIdentifier": fmt.Sprintf("E%05d", i+1), "jobTitle": pick(i, "Engineer", "Analyst", "Manager", ""),
		"location": pick[any](i, "Lyon", "Osaka", nil), "managedAppleId": "", "creationSource": "jumpcloud:admin",
		"external_dn": "", "external_source_type": "",
		"state": state, "activated": state != "STAGED", "suspended": state == "SUSPENDED",
		"account_locked": every(i, 7), "account_locked_date": nil, "badLoginAttempts": i % 3,
		"created": g.created(), "password_date": g.after(30), "password_expiration_date": g.after(24 * 90),
		"password_expired": every(i, 9), "password_never_expires": every(i, 5), "passwordless_sudo": every(i, 8),
		"sudo": every(i, 4), "allow_public_key": !every(i, 3), "ldap_binding_user": every(i, 6),
		"samba_service_user": every(i, 11), "enable_managed_uid": every(i, 2), "disableDeviceMaxLoginAttempts": every(i, 10),
		"enable_user_portal_multifactor": every(i, 2), "totp_enabled": !every(i, 3), "externally_managed": every(i, 5),
		"unix_uid": 5000 + i, "unix_guid": 5000 + i,
		"mfa": Object{"configured": !every(i, 3), "exclusion": every(i, 4)},
		"mfaEnrollment": Object{
			"overallStatus": pick(i, "NOT_ENROLLED", "ENROLLED", "ENROLLED"), "totpStatus": pick(i, "NOT_ENROLLED", "ENROLLED", "ENROLLED"),
			"webAuthnStatus": pick(i, "DISABLED", "ENROLLED"), "pushStatus": pick(i, "NOT_ENROLLED", "PENDING_ACTIVATION"),
			"smsStatus": "DISABLED", "jcGoStatus": pick(i, "NOT_ENROLLED", "ENROLLED"),
		},
		"addresses": []any{}, "phoneNumbers": []any{}, "attributes": []any{}, "relationships": []any{}, "ssh_keys": []any{},
		"public_key": "", "recoveryEmail": Object{"address": "", "verified": false}, "restrictedFields": []any{}, "tags": []any{},
		"delegatedAuthority": nil, "admin": nil, "manager": nil,
	}
	if every(i, 4) {
		u["description"] = fmt.Sprintf("Joined with class %d", i/4)
	}
	g.userDetails(i, u)
	return u
}

// userDetails gives some users what only some have.
func (g *generator) userDetails(i int, u Object) {
	if every(i, 8) {
		u["mfa"].(Object)["exclusionUntil"] = g.after(24 * 400)
		u["mfa"].(Object)["exclusionDays"] = 30
	}
	if every(i, 6) {
		u["addresses"] = []any{Object{
			"id": g.detail(), "type": "work", "country": "FR", "region": "Rhône", "locality": "Lyon", "postalCode": "69001",
			"poBox": "", "streetAddress": "12 quai des Brumes", "extendedAddress": "",
		}}
		u["phoneNumbers"] = []any{Object{"id": g.detail(), "type": "mobile", "number": fmt.Sprintf("+33 1 99 00 %02d %02d", i/100%100, i%100)}}
		u["attributes"] = []any{Object{"name": "badge", "value": fmt.Sprintf("B-%04d", i)}}
		u["restrictedFields"] = []any{Object{"field": "email", "type": "active_directory", "id": g.detail()}}
		u["recoveryEmail"] = Object{"address": g.address(fmt.Sprintf("me%d", i), "example.net"), "verified": true, "verifiedAt": g.after(2)}
		u["ssh_keys"] = []any{Object{"_id": g.detail(), "name": "laptop", "public_key": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample", "create_date": g.after(1)}}
		manager := g.detail()
		u["relationships"] = []any{Object{"type": "manager", "value": manager}}
		u["manager"] = manager
		u["admin"] = Object{"id": g.detail(), "roleName": "Read Only", "roleNames": []any{"Read Only"}}
		u["delegatedAuthority"] = Object{"id": g.detail(), "name": "ActiveDirectory"}
		u["account_locked_date"] = g.after(99)
	}
	if every(i+1, 12) { // an account of a program: fields are missing, null or empty
		for _, name := range []string{"state", "mfaEnrollment", "password_expiration_date", "employeeIdentifier"} {
			delete(u, name)
		}
		for _, name := range []string{"firstname", "lastname", "displayname", "company", "department"} {
			u[name] = nil
		}
		u["employeeType"] = "service"
	}
}

// ascii leaves the small letters of a name.
func ascii(s string) string {
	s = strings.NewReplacer("Ó", "o", "ø", "o").Replace(s)
	return strings.Map(func(r rune) rune {
		if r < 'a' || r > 'z' {
			return -1
		}
		return r
	}, strings.ToLower(s))
}

// systemKind is what systems of one operating system have in common.
type systemKind struct {
	os, family, version, template, arch, vendor, name string
	major, minor                                      string
	desktop                                           bool
}

var systemKinds = []systemKind{
	{"Mac OS X", "darwin", "15.1", "darwin-darwin-arm64", "arm64", "Apple Inc.", "mac", "15", "1", true},
	{"Windows", "windows", "11 Pro", "windows-windows-x86_64", "64-bit", "LENOVO ", "win", "11", "0", true},
	{"Ubuntu", "linux", "24.04", "ubuntu-linux-x86_64", "x86_64", "Dell Inc.", "srv", "24", "04", false},
	{"iOS", "ios", "18.1", "ios-ios-arm64", "arm64", "Apple Inc.", "phone", "18", "1", false},
	{"Android", "android", "15", "android-android-arm64", "arm64", "Fairphone", "droid", "15", "", false},
	{"FreeBSD", "freebsd", "14.1", "freebsd-freebsd-amd64", "amd64", "", "bsd", "14", "1", false},
	{"Chrome OS", "chromeos", "130", "chromeos-chromeos-x86_64", "x86_64", "Acer", "chrome", "130", "", true},
}

func (g *generator) system(i int, users []Object) Object {
	id := g.id()
	k := pick(i, systemKinds...)
	host := fmt.Sprintf("%s-%04d", k.name, i)
	if every(i, 3) {
		host += ".office.example.com"
	}
	s := Object{
		"_id": id, "id": id, "organization": g.org, "templateName": k.template,
		"hostname": host, "displayName": fmt.Sprintf("%s %d", k.os, i), "description": "",
		"os": k.os, "osFamily": k.family, "version": k.version, "arch": k.arch, "archFamily": k.arch,
		"osVersionDetail": Object{
			"osName": k.os, "releaseName": "", "major": k.major, "minor": k.minor, "patch": "", "majorNumber": number(k.major),
			"minorNumber": number(k.minor), "patchNumber": 0, "revision": "", "distributionName": k.os, "version": k.version,
		},
		"agentVersion": "2.41.0", "remoteAssistAgentVersion": "", "active": !every(i, 4), "lastContact": g.after(24 * 600),
		"created": g.created(), "serialNumber": fmt.Sprintf("SN%08X", i*7919+17), "hwVendor": k.vendor,
		"amazonInstanceID": "", "remoteIP": fmt.Sprintf("203.0.113.%d", 1+i%250), "systemTimezone": pick(i, 1, -8, 9),
		"networkInterfaces": []any{
			Object{"name": "lo0", "family": "IPv4", "address": "127.0.0.1", "internal": true},
			Object{"name": "en0", "family": "IPv4", "address": fmt.Sprintf("10.20.%d.%d", i/250%250, 1+i%250), "internal": false},
			Object{"name": "en0", "family": "IPv6", "address": fmt.Sprintf("fe80::%x%%en0", 0x1000+i), "internal": false},
		},
		"connectionHistory": []any{}, "fde": Object{"active": !every(i, 3), "keyPresent": every(i, 2)},
		"fileSystem": nil, "systemInsights": Object{"state": pick(i, "enabled", "deferred")},
		"allowSshRootLogin": every(i, 5), "allowSshPasswordAuthentication": every(i, 2), "allowPublicKeyAuthentication": !every(i, 4),
		"allowMultiFactorAuthentication": every(i, 3), "modifySSHDConfig": every(i, 6), "sshRootEnabled": every(i, 7),
		"sshdParams":    []any{Object{"name": "PERMITROOTLOGIN", "value": pick(i, "no", "yes")}},
		"azureAdJoined": every(i, 9), "desktopCapable": k.desktop, "hasServiceAccount": every(i, 2), "isPolicyBound": !every(i, 3),
		"policyStats":       Object{"total": 3, "success": 2, "failed": 1, "pending": 0, "duplicate": 0, "unsupportedOs": 0},
		"primarySystemUser": Object{"id": nil},
		"userMetrics":       []any{}, "provisionMetadata": Object{"provisioner": Object{"type": "administrator"}},
		"mdm": nil, "domainInfo": Object{"partOfDomain": every(i, 7), "domainName": ""}, "builtInCommands": []any{},
		"secureLogin": Object{"supported": !every(i, 4), "enabled": every(i, 6)}, "displayManager": "",
		"attributes": []any{}, "tags": []any{},
	}
	if len(users) > 0 && every(i, 2) {
		u := users[g.rand.IntN(len(users))]
		s["primarySystemUser"] = Object{"id": u.ID()}
		s["userMetrics"] = []any{Object{"userName": u["username"], "admin": every(i, 4), "managed": true, "suspended": false, "secureTokenEnabled": true}}
	}
	g.systemDetails(i, s)
	return s
}

// systemDetails gives some systems what only some have, and takes from others what they lack.
func (g *generator) systemDetails(i int, s Object) {
	switch s["osFamily"] {
	case "darwin":
		s["serviceAccountState"] = Object{"hasSecureToken": true, "passwordODValid": true, "passwordAPFSValid": true}
		s["agentHasFullDiskAccess"] = true
		s["mdm"] = Object{
			"vendor": "internal", "enrollmentType": "automated device", "dep": true, "userApproved": true,
			"profileIdentifier": "com.example.mdm", "providerId": "", "lostModeStatus": "", "internal": Object{"deviceId": g.detail()},
		}
		s["builtInCommands"] = []any{Object{"type": "security", "name": "lock"}}
	case "linux":
		s["fileSystem"] = "ext4"
		s["displayManager"] = "gdm3"
		s["networkInterfaces"] = append(s["networkInterfaces"].([]any),
			Object{"name": "eth1", "family": "IPv4", "address": "198.51.100.23", "internal": false},
			Object{"name": "eth1", "family": "IPv6", "address": "2001:db8::17", "internal": false})
	case "freebsd": // an old agent
		for _, name := range []string{"fde", "secureLogin", "desktopCapable", "isPolicyBound", "osVersionDetail", "sshRootEnabled"} {
			delete(s, name)
		}
		s["lastContact"] = ""
		s["serialNumber"] = ""
		s["networkInterfaces"] = []any{nil}
		s["remoteIP"] = ""
		s["hostname"] = "old_box"
		s["systemToken"] = "8b5f2c1e-secret-token-of-the-agent"
	}
	if every(i, 5) {
		s["description"] = "Shared in the lab"
		s["attributes"] = []any{Object{"name": "room", "value": "2.14"}}
	}
}

func number(s string) int {
	n := 0
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}

func (g *generator) group(i int) Object {
	id := g.id()
	o := Object{
		"id": id, "type": "user_group", "name": fmt.Sprintf("%s %d", pick(i, departments...), i/len(departments)+1),
		"description": pick(i, "", "Everybody in "+pick(i, departments...)), "email": "",
		"attributes": nil, "membershipMethod": pick(i, "STATIC", "DYNAMIC_AUTOMATED", "NOTSET"),
		"memberQuery": nil, "memberQueryExemptions": []any{}, "memberQueryErrorFlags": []any{}, "memberSuggestionsNotify": false,
		"organizationObjectId": g.org,
	}
	switch i % 3 {
	case 0:
		o["attributes"] = Object{
			"sudo": Object{"enabled": true, "withoutPassword": false}, "ldapGroups": []any{Object{"name": fmt.Sprintf("group-%d", i)}},
			"posixGroups": []any{Object{"id": 6000 + i, "name": fmt.Sprintf("group%d", i)}}, "sambaEnabled": false,
		}
	case 1:
		o["attributes"] = Object{}
		o["memberQuery"] = Object{"queryType": "FilterQuery", "filters": []any{Object{"field": "department", "operator": "eq", "value": pick(i, departments...)}}}
		o["suggestionCounts"] = Object{"add": 1, "remove": 0, "total": 1}
	}
	if every(i, 4) { // not part of today's answers, but of the model
		o["created"] = g.created()
	}
	return o
}

func (g *generator) application(i int) Object {
	id := g.id()
	kind := pick(i, "slack", "github", "oidc", "bookmark", "salesforce")
	app := Object{
		"_id": id, "name": kind, "displayName": strings.ToUpper(kind[:1]) + kind[1:],
		"displayLabel": fmt.Sprintf("%s %d", kind, i), "ssoUrl": fmt.Sprintf("https://sso.example.com/saml2/%s-%d", kind, i),
		"description": "", "learnMore": "", "parentApp": "", "organization": g.org, "active": !every(i, 4), "beta": false,
		"aiReady": every(i, 2), "color": pick(i, "", "#202D38"), "logo": Object{"color": "", "url": "https://cdn.example.com/" + kind + ".png"},
		"databaseAttributes": []any{},
		"sso":                Object{"type": "saml", "jit": every(i, 2), "beta": false, "hidden": false, "idpCertExpirationAt": g.after(24 * 1000)},
		"config": Object{
			"acsUrl":        Object{"label": "ACS URL", "type": "text", "value": "https://app.example.com/acs", "visible": true, "readOnly": false, "required": true, "position": 1},
			"idpPrivateKey": Object{"label": "IdP Private Key", "type": "file", "value": "-----BEGIN PRIVATE KEY-----\nnot a key\n-----END PRIVATE KEY-----", "visible": true, "required": true, "position": 2},
		},
	}
	if kind == "oidc" {
		delete(app, "ssoUrl")
		app["sso"] = Object{"type": "oidc", "hidden": false}
		delete(app, "config")
	}
	if every(i, 3) {
		app["created"] = g.created()
		app["description"] = "Used by all teams"
	}
	return app
}

func (g *generator) mdm() Object {
	id := g.id()
	ades := Object{
		"enableZeroTouchEnrollment": true, "welcomeScreen": Object{"title": "Welcome", "paragraph": nil, "button": "Continue"},
		"setupAssistantOptions": []any{Object{"option": "siri"}}, "setupOptions": []any{"siri"}, "defaultDeviceGroupObjectIds": nil,
	}
	return Object{
		"id": id, "name": "Apple devices", "organization": g.org, "apnsPushTopic": "com.apple.mgmt.External.00000000-0000-0000-0000-000000000001",
		"appleCertCreatorAppleID": "it@example.com", "appleCertSerialNumber": "4F0A1B2C3D4E5F60",
		"apnsCertExpiry": g.after(24 * 365), "depAccessTokenExpiry": g.after(24 * 365), "depServerTokenState": "valid",
		"defaultSystemGroupID": nil, "defaultIosUserEnrollmentDeviceGroupID": nil, "allowMobileUserEnrollment": true,
		"serviceDiscoveryEnabled": nil, "ades": Object{"macos": ades, "ios": ades},
	}
}

func (g *generator) appleDevice(i int, mdm string) Object {
	id := g.id()
	model, family, os := pick(i, "MacBook Pro", "iPhone 15", "iPad Air"), pick(i, "Mac", "iPhone", "iPad"), pick(i, "macOS", "iOS", "iPadOS")
	d := Object{
		"id": id, "appleMdmId": mdm, "serialNumber": fmt.Sprintf("C02X%06d", i), "udid": fmt.Sprintf("00008103-%012X", i*7919+1),
		"osVersion": pick(i, "15.1", "18.1", "18.0"), "modelFamily": family, "mdmOsFamily": os,
		"createdAt": g.created(), "depRegistered": !every(i, 3), "enrolled": !every(i, 4), "hasActivationLockBypassCodes": every(i, 2),
		"securityInfo": Object{
			"enrolledViaDep": !every(i, 3), "isActivationLockManageable": true, "isUserEnrollment": false, "userApprovedEnrollment": true,
			"passcodePresent": true, "passcodeCompliant": true, "filevaultEnabled": every(i, 3), "recoveryLockEnabled": false,
		},
		"deviceInformation": Object{
			"isSupervised": !every(i, 3), "activationLockAllowedWhileSupervised": false, "isAppleSilicon": every(i, 3),
			"availableDeviceCapacity": 120.5, "deviceCapacity": 494.38, "deviceName": pick(i, "Ada’s MacBook", fmt.Sprintf("Phone %d", i), fmt.Sprintf("Tablet %d", i)),
			"modelName": model, "modelNumber": "A2918", "modelMarketingName": model, "osMarketingName": pick(i, "macOS Sequoia", "iOS 18", "iPadOS 18"),
			"osBuildVersion": "24B83", "osSupplementalBuildVersion": "24B83", "osExtraVersion": "", "sofwareUpdateId": "", "imei": "", "iccid": "",
			"secondImei": "", "secondIccid": "", "subscriberCarrierNetwork": "", "secondSubscriberCarrierNetwork": "",
			"wifiMac": fmt.Sprintf("a4:83:e7:00:%02x:%02x", i/256%256, i%256),
		},
	}
	if every(i+1, 6) { // registered with Apple, not enrolled yet
		delete(d, "deviceInformation")
		d["securityInfo"] = Object{}
		d["osVersion"] = ""
	}
	return d
}

func (g *generator) organization() Object {
	return Object{
		"_id": g.org, "id": g.org, "displayName": fmt.Sprintf("Organization %d", g.seed), "logoUrl": "https://cdn.example.com/logo.png",
		"created": g.created(), "provider": nil, "accountType": "Direct", "accountsReceivable": "", "accessRestriction": "",
		"customEmailSettings": Object{"enabled": false}, "hasStripeCustomerId": true, "hasCreditCard": false, "totalBillingEstimate": 0,
		"settings": Object{
			"name": "", "contactName": "", "contactEmail": "it@example.com", "requireAdminMFA": true, "disableLdap": false,
			"passwordCompliance": "custom",
			"passwordPolicy":     Object{"enableMinLength": true, "minLength": 14, "needsNumeric": true, "enableMaxHistory": false, "effectiveDate": ""},
			"userPortal":         Object{"idleSessionDurationMinutes": 60, "cookieExpirationType": "session"},
			"features":           Object{"systemInsights": Object{"enabled": true, "enableNewDarwin": true}},
		},
	}
}
