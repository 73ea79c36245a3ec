package entities_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/entities"
)

// checkValues converts an object with an id and some fields, and compares some properties, written as JSON; an empty
// text stands for a property that is not there.
func checkValues(t *testing.T, typ, fields string, want map[string]string) {
	t.Helper()
	o := `{"id":"0123456789ab"` + strings.Replace(","+fields[1:], ",}", "}", 1)
	all := topLevel(t, kindNamed(typ).make(t, entities.Converter{}, json.RawMessage(o)))
	got := map[string]string{}
	for name := range want {
		got[name] = all[name]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s from %s (-want +got):\n%s", typ, fields, diff)
	}
}

func TestUser_Names(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields, name, displayName string
	}{
		"both names":        {`{"firstname":"Mira","lastname":"Okafor","displayname":"MO","username":"mira","email":"m@example.com"}`, "Mira Okafor", "mira"},
		"only a first name": {`{"firstname":"Mira","lastname":null,"username":"mira"}`, "Mira", "mira"},
		"only a last name":  {`{"firstname":"","lastname":"Okafor"}`, "Okafor", "Okafor"},
		"spaces for names":  {`{"firstname":" ","lastname":"  ","displayname":"MO","username":"mira"}`, "MO", "mira"},
		"spaces around":     {`{"firstname":" Mira ","lastname":"Okafor"}`, "Mira Okafor", "Mira Okafor"},
		"a user name":       {`{"username":"mira","email":"m@example.com"}`, "mira", "mira"},
		"an e-mail address": {`{"email":"m@example.com"}`, "m@example.com", "m@example.com"},
		"nothing":           {`{}`, "0123456789ab", "0123456789ab"},
		"the word null":     {`{"firstname":"Null","lastname":"Undefined"}`, "Null Undefined", "Null Undefined"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_user", tt.fields, map[string]string{"name": show(tt.name), "displayName": show(tt.displayName)})
		})
	}
}

func TestUser_StateAndActive(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields, state, active string
	}{
		"active":                                {`{"state":"ACTIVATED","activated":true,"suspended":false}`, `"activated"`, "true"},
		"in lower case":                         {`{"state":"activated","activated":true}`, `"activated"`, "true"},
		"not activated yet":                     {`{"state":"STAGED","activated":false,"suspended":false}`, `"staged"`, "false"},
		"suspended":                             {`{"state":"SUSPENDED","activated":true,"suspended":true}`, `"suspended"`, "false"},
		"suspended, the flags lag":              {`{"state":"SUSPENDED","activated":true,"suspended":false}`, `"suspended"`, "false"},
		"active again, the flag lags":           {`{"state":"ACTIVATED","activated":true,"suspended":true}`, `"activated"`, "true"},
		"a state of the future":                 {`{"state":"RETIRED","activated":true,"suspended":false}`, ``, "true"},
		"a state of the future and suspended":   {`{"state":"RETIRED","activated":true,"suspended":true}`, ``, "false"},
		"no state":                              {`{"activated":true,"suspended":false}`, ``, "true"},
		"no state, suspended":                   {`{"activated":true,"suspended":true}`, ``, "false"},
		"a state without a flag":                {`{"state":"ACTIVATED"}`, `"activated"`, ""},
		"suspended without a flag":              {`{"state":"SUSPENDED"}`, `"suspended"`, "false"},
		"nothing":                               {`{}`, ``, ""},
		"null":                                  {`{"state":null,"activated":null,"suspended":null}`, ``, ""},
		"flags as text":                         {`{"activated":"True","suspended":"false"}`, ``, "true"},
		"an empty state and an empty activated": {`{"state":"","activated":""}`, ``, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_user", tt.fields, map[string]string{"state": tt.state, "active": tt.active, "isActive": tt.active})
		})
	}
}

func TestConverter_TimesInEveryForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"2019-11-04T21:15:21.074Z"`:  "1572902121074",
		`"2019-11-04T21:15:21Z"`:      "1572902121000",
		`"2019-11-04T22:15:21+01:00"`: "1572902121000",
		`"2019-11-04T21:15:21"`:       "1572902121000",
		`"2019-11-04"`:                "1572825600000",
		`"9999-12-31T23:59:59.999Z"`:  "253402300799999",
		`"0001-01-01T00:00:00Z"`:      "",
		`"1970-01-01T00:00:00Z"`:      "",
		`"1969-07-20"`:                "",
		`"10000-01-01T00:00:00Z"`:     "",
		`"2019-02-30"`:                "",
		`""`:                          "",
		`"never"`:                     "",
		`null`:                        "",
		`1572902121`:                  "1572902121000",
		`-1.5e3`:                      "",
	} {
		for typ, properties := range map[string]map[string][]string{
			"jumpcloud_account":      {"created": {"createdOn"}},
			"jumpcloud_user":         {"created": {"createdOn"}, "exclusionUntil": {"mfaExclusionUntil", "mfaExclusionEndOn"}},
			"jumpcloud_group":        {"created": {"createdOn"}},
			"jumpcloud_application":  {"created": {"createdOn"}},
			"jumpcloud_apple_device": {"createdAt": {"createdAt", "createdOn"}},
			"jumpcloud_device":       {"created": {"createdOn"}},
		} {
			for field, names := range properties {
				fields := `{"` + field + `":` + text + `}`
				if field == "exclusionUntil" {
					fields = `{"mfa":` + fields + `}`
				}
				wanted := map[string]string{}
				for _, name := range names {
					wanted[name] = want
				}
				checkValues(t, typ, fields, wanted)
			}
		}
	}
}

func TestDevice_LastSeen(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"2026-01-02T03:04:05.006Z"`:  "1767323045006",
		`"1970-01-01T00:00:00Z"`:      "0",
		`"1969-12-31T23:59:59Z"`:      "null",
		`"9999-12-31T23:59:59.999Z"`:  "253402300799999",
		`"9999-12-31T23:59:59-12:00"`: "null", // the next year in UTC
		`""`:                          "null",
		`null`:                        "null",
		`1767323045006`:               "1767323045006",
		`5`:                           "null", // nobody knows the unit
	} {
		checkValues(t, "jumpcloud_device", `{"lastContact":`+text+`}`, map[string]string{"lastSeenOn": want})
	}
}

func TestAppleMDM_ExpiryIsKeptAsText(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`"2027-01-02T03:04:05Z"`: `"2027-01-02T03:04:05Z"`,
		`"0001-01-01T00:00:00Z"`: `"0001-01-01T00:00:00Z"`,
		`"soon"`:                 `"soon"`,
		`""`:                     "",
		`null`:                   "",
		`1798859045`:             `"1798859045"`,
	} {
		checkValues(t, "jumpcloud_apple_mdm", `{"apnsCertExpiry":`+text+`}`, map[string]string{"apnsCertExpiry": want})
	}
}

func TestDevice_HostNames(t *testing.T) {
	t.Parallel()
	label63, label64 := strings.Repeat("a", 63), strings.Repeat("a", 64)
	for in, want := range map[string][2]string{
		"crane-7":                  {`"crane-7"`, "null"},
		"CRANE7":                   {`"CRANE7"`, "null"},
		"crane.quay.example.com":   {`"crane"`, `["crane.quay.example.com"]`},
		"crane.local":              {`"crane"`, `["crane.local"]`},
		"crane.quay.example.com.":  {`"crane"`, "null"},
		"crane_7":                  {"null", "null"},
		"crane_7.example.com":      {"null", "null"},
		"crane.quay_1.example.com": {`"crane"`, "null"},
		"a.example.com":            {"null", `["a.example.com"]`},
		"-crane":                   {"null", "null"},
		"crane-":                   {"null", "null"},
		label63:                    {`"` + label63 + `"`, "null"},
		label64:                    {"null", "null"},
		"Ada’s MacBook":            {"null", "null"},
		"crane 7":                  {"null", "null"},
		".":                        {"null", "null"},
		"":                         {"null", "null"},
		"192.168.10.20":            {"null", "null"},
		"2001:db8::7":              {"null", "null"},
		"crane.12":                 {`"crane"`, "null"},
		"crane\n":                  {"null", "null"},
	} {
		checkValues(t, "jumpcloud_device", `{"hostname":`+show(in)+`}`, map[string]string{"hostname": want[0], "fqdn": want[1]})
	}
}

func TestDevice_Addresses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields                  string
		v4, v6, public, private string
	}{
		"nothing": {`{}`, "null", "null", "null", "null"},
		"null":    {`{"remoteIP":null,"networkInterfaces":null}`, "null", "null", "null", "null"},
		"empty":   {`{"remoteIP":"","networkInterfaces":[null,{},{"address":""},{"address":null}]}`, "null", "null", "null", "null"},
		"loopback and internal": {
			`{"networkInterfaces":[{"address":"127.0.0.1"},{"address":"::1"},{"address":"10.0.0.9","internal":true},{"address":"10.0.0.8","internal":"true"}]}`,
			"null", "null", "null", "null",
		},
		"private": {
			`{"networkInterfaces":[{"address":"10.0.0.9","internal":false},{"address":"172.16.0.1"},{"address":"192.168.1.1"},{"address":"fd00::1"}]}`,
			`["10.0.0.9","172.16.0.1","192.168.1.1"]`, `["fd00::1"]`, "null", `["10.0.0.9","172.16.0.1","192.168.1.1","fd00::1"]`,
		},
		"public": {
			`{"remoteIP":"203.0.113.7","networkInterfaces":[{"address":"198.51.100.23"},{"address":"2001:db8::17"}]}`,
			`["198.51.100.23"]`, `["2001:db8::17"]`, `["203.0.113.7","198.51.100.23","2001:db8::17"]`, "null",
		},
		"neither public nor private": {
			`{"networkInterfaces":[{"address":"169.254.3.4"},{"address":"fe80::1"},{"address":"100.64.0.1"},{"address":"224.0.0.1"}]}`,
			`["169.254.3.4","100.64.0.1","224.0.0.1"]`, `["fe80::1"]`, "null", "null",
		},
		"zones are cut": {
			`{"networkInterfaces":[{"address":"fe80::1%en0"},{"address":"fe80::1%en1"},{"address":"FD00::ABCD%4"}]}`,
			"null", `["fe80::1","fd00::abcd"]`, "null", `["fd00::abcd"]`,
		},
		"mapped addresses are of version 4": {
			`{"remoteIP":"::ffff:203.0.113.7","networkInterfaces":[{"family":"IPv6","address":"::ffff:10.0.0.9"},{"address":"::ffff:127.0.0.1"}]}`,
			`["10.0.0.9"]`, "null", `["203.0.113.7"]`, `["10.0.0.9"]`,
		},
		"the family is not believed": {
			`{"networkInterfaces":[{"family":"IPv6","address":"10.0.0.9"},{"family":"IPv4","address":"fd00::1"}]}`,
			`["10.0.0.9"]`, `["fd00::1"]`, "null", `["10.0.0.9","fd00::1"]`,
		},
		"each once": {
			`{"remoteIP":" 198.51.100.23 ","networkInterfaces":[{"address":"198.51.100.23"},{"address":"198.51.100.23"}]}`,
			`["198.51.100.23"]`, "null", `["198.51.100.23"]`, "null",
		},
		"no addresses": {
			`{"remoteIP":"unknown","networkInterfaces":[{"address":"10.0.0.9/24"},{"address":"10.0.0.256"},{"address":"010.0.0.1"},{"address":"en0"}]}`,
			"null", "null", "null", "null",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_device", tt.fields, map[string]string{
				"ipv4Addresses": tt.v4, "ipv6Addresses": tt.v6, "publicIpAddresses": tt.public, "privateIpAddresses": tt.private,
			})
		})
	}
}

func TestDevice_OperatingSystem(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields                     string
		osType, platform, category string
	}{
		"nothing":               {`{}`, "null", "", "null"},
		"spaces":                {`{"osFamily":" ","os":"  "}`, "null", "", "null"},
		"a Mac":                 {`{"osFamily":"darwin","os":"Mac OS X","desktopCapable":true}`, `"darwin"`, `"darwin"`, `"endpoint"`},
		"a Mac by its name":     {`{"os":"Mac OS X"}`, `"darwin"`, `"darwin"`, "null"},
		"macOS":                 {`{"os":"macOS"}`, `"darwin"`, `"darwin"`, "null"},
		"Windows":               {`{"osFamily":"Windows","desktopCapable":true}`, `"windows"`, `"windows"`, `"endpoint"`},
		"a server":              {`{"osFamily":"linux","desktopCapable":false}`, `"linux"`, `"linux"`, "null"},
		"Linux by its name":     {`{"os":"Ubuntu 24.04"}`, `"linux"`, `"linux"`, "null"},
		"Red Hat":               {`{"os":"Red Hat Enterprise Linux"}`, `"linux"`, `"linux"`, "null"},
		"Amazon":                {`{"os":"Amazon Linux AMI"}`, `"linux"`, `"linux"`, "null"},
		"a phone":               {`{"osFamily":"ios","os":"iOS"}`, `"ios"`, `"ios"`, `"mobile"`},
		"a tablet":              {`{"os":"iPadOS"}`, `"ios"`, `"ios"`, `"mobile"`},
		"a phone with a desk":   {`{"osFamily":"android","desktopCapable":true}`, `"android"`, `"android"`, `"mobile"`},
		"Chrome OS":             {`{"os":"Chrome OS","desktopCapable":true}`, `"chromeos"`, `"chromeos"`, `"endpoint"`},
		"an odd family":         {`{"osFamily":"FreeBSD"}`, `"other"`, `"freebsd"`, "null"},
		"an odd name":           {`{"os":"Plan 9"}`, `"other"`, "", "null"},
		"the family wins":       {`{"osFamily":"windows","os":"Ubuntu"}`, `"windows"`, `"windows"`, "null"},
		"a word within a word":  {`{"os":"Marchios"}`, `"other"`, "", "null"},
		"letters beyond ASCII":  {`{"osFamily":"ЛИНУКС"}`, `"other"`, `"линукс"`, "null"},
		"desktop without an OS": {`{"desktopCapable":"true"}`, "null", "", `"endpoint"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_device", tt.fields, map[string]string{"osType": tt.osType, "platform": tt.platform, "category": tt.category})
		})
	}
}

func TestDevice_Versions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields                     string
		version, osName, osDetails string
	}{
		"nothing":           {`{}`, "null", "null", "null"},
		"the newest form":   {`{"os":"Ubuntu","version":"24","osVersionDetail":{"osName":"Ubuntu Linux","version":"24.04.1","major":"9"}}`, `"24.04.1"`, `"Ubuntu Linux"`, `"Ubuntu 24"`},
		"parts":             {`{"version":"15","osVersionDetail":{"major":"15","minor":"1","patch":"2"}}`, `"15.1.2"`, "null", `"15"`},
		"parts, no patch":   {`{"osVersionDetail":{"major":"15","minor":"1","patch":""}}`, `"15.1"`, "null", "null"},
		"parts, no minor":   {`{"osVersionDetail":{"major":"15","patch":"2"}}`, `"15"`, "null", "null"},
		"parts, no major":   {`{"version":"15","osVersionDetail":{"minor":"1","patch":"2"}}`, `"15"`, "null", `"15"`},
		"the oldest form":   {`{"os":"Windows","version":"11 Pro","osVersionDetail":null}`, `"11 Pro"`, `"Windows"`, `"Windows 11 Pro"`},
		"a name alone":      {`{"os":"Windows"}`, "null", `"Windows"`, `"Windows"`},
		"zero is a version": {`{"osVersionDetail":{"major":"0","minor":"0"}}`, `"0.0"`, "null", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_device", tt.fields, map[string]string{"osVersion": tt.version, "osName": tt.osName, "osDetails": tt.osDetails})
		})
	}
}

func TestDevice_SecureLogin(t *testing.T) {
	t.Parallel()
	for fields, want := range map[string][2]string{
		`{}`:                          {"", ""},
		`{"secureLogin":null}`:        {"", ""},
		`{"secureLogin":{}}`:          {"", ""},
		`{"secureLoginEnabled":true}`: {"true", ""},
		`{"secureLogin":{"enabled":false,"supported":true}}`:            {"false", "true"},
		`{"secureLogin":{"enabled":false},"secureLoginEnabled":true}`:   {"false", ""},
		`{"secureLogin":{"supported":false},"secureLoginEnabled":true}`: {"true", "false"},
	} {
		checkValues(t, "jumpcloud_device", fields, map[string]string{"isSecureLoginEnabled": want[0], "isSecureLoginSupported": want[1]})
	}
}

func TestAppleDevice_Kinds(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields, category, osType string
	}{
		"nothing":               {`{}`, "null", "null"},
		"a phone":               {`{"mdmOsFamily":"iOS","modelFamily":"iPhone"}`, `"mobile"`, `"ios"`},
		"a tablet":              {`{"mdmOsFamily":"IPADOS"}`, `"mobile"`, `"ios"`},
		"a Mac":                 {`{"mdmOsFamily":"macOS"}`, `"endpoint"`, `"darwin"`},
		"a Mac of old":          {`{"mdmOsFamily":"OS X"}`, `"endpoint"`, `"darwin"`},
		"by its model family":   {`{"mdmOsFamily":"","modelFamily":"iMac"}`, `"endpoint"`, `"darwin"`},
		"by its model":          {`{"deviceInformation":{"modelName":"iPhone 15"}}`, `"mobile"`, `"ios"`},
		"the first word counts": {`{"mdmOsFamily":"iOS","modelFamily":"Mac"}`, `"mobile"`, `"ios"`},
		"neither":               {`{"mdmOsFamily":"visionOS","modelFamily":"Vision","deviceInformation":{"modelName":"Apple Vision Pro"}}`, "null", "null"},
		"an unknown word first": {`{"mdmOsFamily":"unknown","modelFamily":"iPad"}`, `"mobile"`, `"ios"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_apple_device", tt.fields, map[string]string{"category": tt.category, "osType": tt.osType, "make": `"Apple"`})
		})
	}
}

func TestAppleDevice_Details(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields string
		want   map[string]string
	}{
		"not enrolled yet": {`{"serialNumber":" C02 ","udid":"","osVersion":"","deviceInformation":null}`, map[string]string{
			"name": `"C02"`, "serial": `"C02"`, "deviceId": "null", "osVersion": "null", "osName": "null", "osDetails": "null", "macAddress": "", "macAddresses": "null", "deviceCapacity": "",
		}},
		"spaces for a serial number": {`{"serialNumber":"  "}`, map[string]string{"name": `"0123456789ab"`, "serial": "null"}},
		"a version without a system": {`{"osVersion":"15.1"}`, map[string]string{"osVersion": `"15.1"`, "osDetails": "null"}},
		"a system without a version": {`{"deviceInformation":{"osMarketingName":"macOS Sequoia"}}`, map[string]string{"osName": `"macOS Sequoia"`, "osDetails": `"macOS Sequoia"`}},
		"both":                       {`{"osVersion":"15.1","deviceInformation":{"osMarketingName":"macOS Sequoia"}}`, map[string]string{"osDetails": `"macOS Sequoia 15.1"`}},
		"an address in other words":  {`{"deviceInformation":{"wifiMac":"A483.E700.0001"}}`, map[string]string{"macAddress": `"A483.E700.0001"`, "macAddresses": `["a4:83:e7:00:00:01"]`}},
		"no address":                 {`{"deviceInformation":{"wifiMac":"none"}}`, map[string]string{"macAddress": `"none"`, "macAddresses": "null"}},
		"a capacity as text":         {`{"deviceInformation":{"deviceCapacity":"494.38"}}`, map[string]string{"deviceCapacity": "494.38"}},
		"a capacity of nothing":      {`{"deviceInformation":{"deviceCapacity":0}}`, map[string]string{"deviceCapacity": "0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_apple_device", tt.fields, tt.want)
		})
	}
}

func TestGroup_AttributesAreJSONText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`null`: "",
		`{}`:   `"{}"`,
		`{"sudo": {"withoutPassword": false, "enabled": true}, "new": [1, 2]}`: `"{\"sudo\":{\"withoutPassword\":false,\"enabled\":true},\"_unknownFields\":[\"new\"]}"`,
		`{"ldapGroups":[null],"posixGroups":null}`:                             `"{\"ldapGroups\":[null],\"posixGroups\":null}"`,
		`{"posixGroups":[{"id":1.50,"name":"<&>"}]}`:                           `"{\"posixGroups\":[{\"id\":1.50,\"name\":\"<&>\"}]}"`,
		`[]`:     `"[]"`,
		`"text"`: "",
		`{"radius":{"reply":[{"name":"Session-Timeout","value":3600}]}}`: `"{\"radius\":{\"reply\":[{\"name\":\"Session-Timeout\",\"value\":3600}]}}"`,
		`{"radius":{"reply":[{"name":"Tunnel-Password","value":"x"}]}}`:  `"{\"radius\":{\"reply\":[{\"name\":\"Tunnel-Password\",\"_unknownFields\":[\"value\"]}]}}"`,
	} {
		checkValues(t, "jumpcloud_group", `{"attributes":`+in+`}`, map[string]string{"attributes": want})
	}
}

func TestApplication_Names(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fields, name, displayName, ssoURL string
	}{
		"all":            {`{"name":"tides","displayName":"Tides","displayLabel":"Tide tables","ssoUrl":"https://x.example"}`, "tides", "Tides", `"https://x.example"`},
		"only a label":   {`{"displayLabel":"Tide tables","ssoUrl":""}`, "Tide tables", "Tide tables", "null"},
		"only a name":    {`{"name":"tides","displayName":"","displayLabel":null,"ssoUrl":null}`, "tides", "tides", "null"},
		"no name at all": {`{}`, "0123456789ab", "0123456789ab", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkValues(t, "jumpcloud_application", tt.fields, map[string]string{"name": show(tt.name), "displayName": show(tt.displayName), "ssoUrl": tt.ssoURL})
		})
	}
}

func TestConverter_TheMainIDIsTheOneOfTheRoute(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		"jumpcloud_account": "_id", "jumpcloud_user": "_id", "jumpcloud_application": "_id", "jumpcloud_device": "_id",
		"jumpcloud_group": "id", "jumpcloud_apple_mdm": "id", "jumpcloud_apple_device": "id",
	} {
		e := kindNamed(typ).make(t, entities.Converter{}, parse(`{"_id":"from _id 000","id":"from id 0000"}`))
		if got := strings.Fields(e.Header().Key)[1]; got != want {
			t.Errorf("%s: of two ids that differ, %s became the key, want %s", typ, got, want)
		}
	}
}
