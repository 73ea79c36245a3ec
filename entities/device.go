package entities

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities/class"
	"github.com/jumpgraph/jumpgraph/internal/format"
)

var device = register[Device](7, "jumpcloud_device", "System", "Device")

// Device is a device with JumpCloud's agent.
type Device struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"_id,id"`
	Name        string `json:"name" class:"Entity" jc:"displayName,hostname,serialNumber,_id,id"`
	DisplayName string `json:"displayName" class:"Device" jc:"displayName,hostname,serialNumber,_id,id"`
	// LastSeenOn is when the agent was in contact last, in milliseconds since 1970; null when never or unknown.
	LastSeenOn *Millis `json:"lastSeenOn" jc:"lastContact"`
	// SystemTimezone is the offset of the device's clock, in the unit of JumpCloud, which is not documented.
	SystemTimezone *float64 `json:"systemTimezone,omitzero" jc:"systemTimezone"`
	// IsSSHPasswordAuthenticationEnabled says whether SSH is set to accept passwords.
	IsSSHPasswordAuthenticationEnabled bool `json:"isSshPasswordAuthenticationEnabled" jc:"allowSshPasswordAuthentication"`
	// IsSSHRootLoginEnabled says whether SSH is set to let root log in.
	IsSSHRootLoginEnabled bool `json:"isSshRootLoginEnabled" jc:"allowSshRootLogin"`
	// IsSSHRootEnabled says whether root can log in by SSH, as the device itself reports.
	IsSSHRootEnabled bool `json:"isSshRootEnabled" jc:"sshRootEnabled"`
	// IsMultiFactorAuthenticationEnabled says whether the device is set to ask for a second factor.
	IsMultiFactorAuthenticationEnabled bool `json:"isMultiFactorAuthenticationEnabled" jc:"allowMultiFactorAuthentication"`
	// IsPublicKeyAuthenticationEnabled says whether SSH is set to accept public keys.
	IsPublicKeyAuthenticationEnabled bool `json:"isPublicKeyAuthenticationEnabled" jc:"allowPublicKeyAuthentication"`
	// TemplateName is JumpCloud's name for the kind of system.
	TemplateName string `json:"templateName,omitzero" jc:"templateName"`
	// AgentVersion is the version of JumpCloud's agent.
	AgentVersion string `json:"agentVersion,omitzero" jc:"agentVersion"`
	// FileSystem is the kind of file system.
	FileSystem string `json:"fileSystem,omitzero" jc:"fileSystem"`
	// Encrypted says whether full disk encryption is on; missing when nobody knows.
	Encrypted *bool `json:"encrypted,omitzero" jc:"fde.active"`
	// IsEncryptionKeyPresent says whether JumpCloud holds a recovery key for the disk.
	IsEncryptionKeyPresent *bool `json:"isEncryptionKeyPresent,omitzero" jc:"fde.keyPresent"`
	// IsDesktopCapable says whether the device has a desktop.
	IsDesktopCapable *bool `json:"isDesktopCapable,omitzero" jc:"desktopCapable"`
	// IsPolicyBound says whether a policy applies to the device.
	IsPolicyBound *bool `json:"isPolicyBound,omitzero" jc:"isPolicyBound"`
	// IsSecureLoginEnabled says whether JumpCloud's own login window is in use.
	IsSecureLoginEnabled *bool `json:"isSecureLoginEnabled,omitzero" jc:"secureLogin.enabled,secureLoginEnabled"`
	// IsSecureLoginSupported says whether JumpCloud's own login window can be used.
	IsSecureLoginSupported *bool `json:"isSecureLoginSupported,omitzero" jc:"secureLogin.supported"`
	// Platform is the family of operating systems in JumpCloud's word.
	Platform           string        `json:"platform,omitzero" jc:"osFamily,os"`
	Category           *string       `json:"category" class:"Device" jc:"osFamily,os,desktopCapable"`
	Make               *string       `json:"make" class:"Device" jc:"hwVendor"`
	Model              Null          `json:"model" class:"Device"`
	Serial             *string       `json:"serial" class:"Device" jc:"serialNumber"`
	DeviceID           Null          `json:"deviceId" class:"Device"`
	OSName             *string       `json:"osName" class:"Device" jc:"osVersionDetail.osName,os"`
	OSType             *class.OSType `json:"osType" class:"Device" jc:"osFamily,os"`
	OSVersion          *string       `json:"osVersion" class:"Device" jc:"osVersionDetail.version,osVersionDetail.major,osVersionDetail.minor,osVersionDetail.patch,osVersionDetail.revision,version"`
	OSDetails          *string       `json:"osDetails" class:"Device" jc:"os,version"`
	Hostname           *string       `json:"hostname" class:"Device" jc:"hostname"`
	FQDN               []string      `json:"fqdn" class:"Device" jc:"hostname"`
	IPv4Addresses      []string      `json:"ipv4Addresses" class:"Device" jc:"networkInterfaces"`
	IPv6Addresses      []string      `json:"ipv6Addresses" class:"Device" jc:"networkInterfaces"`
	PublicIPAddresses  []string      `json:"publicIpAddresses" class:"Device" jc:"remoteIP,networkInterfaces"`
	PrivateIPAddresses []string      `json:"privateIpAddresses" class:"Device" jc:"networkInterfaces"`
	MACAddresses       Null          `json:"macAddresses" class:"Device"`
	Active             *bool         `json:"active,omitzero" class:"Entity" jc:"active"`
	Description        string        `json:"description,omitzero" class:"Entity" jc:"description"`
	CreatedOn          *Millis       `json:"createdOn,omitzero" class:"Entity" jc:"created"`
}

// maxMillis is the last instant that the class allows for lastSeenOn: the end of the year 9999.
const maxMillis = 253402300799999

// NewDevice is the short form of [Converter.Device].
func NewDevice(s *client.System) (*Device, error) { return Converter{}.Device(s) }

// Device makes an entity of a system.
func (c Converter) Device(s *client.System) (*Device, error) {
	if s == nil {
		return nil, errNone(device)
	}
	id := cmp.Or(s.ID, s.OtherID)
	serial := strings.TrimSpace(s.SerialNumber)
	name := cmp.Or(s.DisplayName, s.Hostname, serial, id)
	d, err := c.begin(device, id, name, s)
	if err != nil {
		return nil, err
	}
	fde, login := cmp.Or(s.FDE, &client.FDE{}), cmp.Or(s.SecureLogin, &client.SecureLogin{})
	detail := cmp.Or(s.OSVersionDetail, &client.OSVersionDetail{})
	family := osFamily(s)
	addr := addressesOf(s, d.oddValue)
	e := &Device{
		ID:                                 id,
		Name:                               name,
		DisplayName:                        name,
		IsSSHPasswordAuthenticationEnabled: d.demanded("isSshPasswordAuthenticationEnabled", s.AllowSSHPasswordAuthentication),
		IsSSHRootLoginEnabled:              d.demanded("isSshRootLoginEnabled", s.AllowSSHRootLogin),
		IsSSHRootEnabled:                   d.demanded("isSshRootEnabled", s.SSHRootEnabled),
		IsMultiFactorAuthenticationEnabled: d.demanded("isMultiFactorAuthenticationEnabled", s.AllowMultiFactorAuthentication),
		IsPublicKeyAuthenticationEnabled:   d.demanded("isPublicKeyAuthenticationEnabled", s.AllowPublicKeyAuthentication),
		TemplateName:                       s.TemplateName,
		AgentVersion:                       s.AgentVersion,
		FileSystem:                         s.FileSystem,
		Encrypted:                          optional(fde.Active),
		IsEncryptionKeyPresent:             optional(fde.KeyPresent),
		IsDesktopCapable:                   optional(s.DesktopCapable),
		IsPolicyBound:                      optional(s.IsPolicyBound),
		IsSecureLoginEnabled:               optional(cmp.Or(login.Enabled, s.SecureLoginEnabled)),
		IsSecureLoginSupported:             optional(login.Supported),
		Platform:                           platform(s, family),
		Category:                           deviceCategory(s, family),
		Make:                               nullable(strings.TrimSpace(s.HWVendor)),
		Serial:                             nullable(serial),
		OSName:                             nullable(cmp.Or(detail.OSName, s.OS)),
		OSVersion:                          nullable(osVersion(s, detail)),
		OSDetails:                          nullable(words(s.OS, s.Version)),
		IPv4Addresses:                      addr.v4,
		IPv6Addresses:                      addr.v6,
		PublicIPAddresses:                  addr.public,
		PrivateIPAddresses:                 addr.private,
		Active:                             optional(s.Active),
		Description:                        s.Description,
		CreatedOn:                          millis(s.Created),
	}
	if family != "" {
		e.OSType = &family
	}
	if s.SystemTimezone.OK {
		e.SystemTimezone = new(s.SystemTimezone.V)
	}
	if ms, ok := s.LastContact.Millis(); ok && ms >= 0 && ms <= maxMillis {
		e.LastSeenOn = new(Millis(ms))
	}
	e.Hostname, e.FQDN = hostNames(s.Hostname)
	e.Meta = d.meta
	return e, nil
}

// osFamilies tell the family of an operating system by words in its name.
var osFamilies = []struct {
	family class.OSType
	words  []string
}{
	{class.OSIOS, []string{"ios", "ipados"}},
	{class.OSDarwin, []string{"mac", "macos", "osx", "darwin"}},
	{class.OSWindows, []string{"windows"}},
	{class.OSAndroid, []string{"android"}},
	{class.OSChromeOS, []string{"chromeos", "chrome"}},
	{class.OSLinux, []string{
		"linux", "ubuntu", "debian", "centos", "rhel", "redhat", "red", "fedora", "suse", "opensuse", "sles",
		"amazon", "amzn", "mint", "rocky", "almalinux", "arch", "manjaro", "kali", "raspbian", "oracle", "gentoo",
	}},
}

// osFamily returns the family of the operating system; other when it is known but odd, empty when it is not known.
func osFamily(s *client.System) class.OSType {
	known := strings.ToLower(strings.TrimSpace(s.OSFamily))
	text := cmp.Or(known, strings.ToLower(strings.TrimSpace(s.OS)))
	if text == "" {
		return ""
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return r < 'a' || r > 'z' })
	for _, f := range osFamilies {
		if slices.ContainsFunc(words, func(w string) bool { return slices.Contains(f.words, w) }) {
			return f.family
		}
	}
	return class.OSOther
}

// platform is JumpCloud's own word for the family of the operating system, or ours where it has none.
func platform(s *client.System, family class.OSType) string {
	if p := strings.ToLower(strings.TrimSpace(s.OSFamily)); p != "" || family == class.OSOther {
		return p
	}
	return string(family)
}

// deviceCategory says what the device is, where that can be told: JumpCloud does not classify devices.
func deviceCategory(s *client.System, family class.OSType) *string {
	switch {
	case family == class.OSIOS || family == class.OSAndroid:
		return new("mobile")
	case s.DesktopCapable.V:
		return new("endpoint")
	}
	return nil
}

// osVersion returns the version of the operating system from the newest form that JumpCloud sent.
func osVersion(s *client.System, detail *client.OSVersionDetail) string {
	if detail.Version != "" {
		return detail.Version
	}
	version := detail.Major
	for _, part := range []string{detail.Minor, cmp.Or(detail.Patch, detail.Revision)} { // Windows has no patch, its build is the revision
		if version == "" || part == "" {
			break
		}
		version += "." + part
	}
	return cmp.Or(version, s.Version)
}

// hostNames splits what JumpCloud calls a host name into the name of the device and its full name. A device without a
// name may give its address instead, which has dots but no host name before the first of them.
func hostNames(name string) (host *string, fqdn []string) {
	if format.IP(name) {
		return nil, nil
	}
	first, _, dotted := strings.Cut(name, ".")
	if format.Hostname(first) {
		host = &first
	}
	if dotted && format.FQDN(name) {
		fqdn = []string{name}
	}
	return host, fqdn
}

// addresses are those of a device, each once, in JumpCloud's order; nil where there are none.
type addresses struct{ v4, v6, public, private []string }

// addressesOf reads the addresses of a system. What is none is told to odd, by the path of its field.
func addressesOf(s *client.System, odd func(path string)) addresses {
	var a addresses
	switch ip, ok := parseAddr(s.RemoteIP); {
	case ok && isPublic(ip): // as JumpCloud sees it from outside
		a.public = add(a.public, ip)
	case !ok && s.RemoteIP != "":
		odd("remoteIP")
	}
	for _, n := range s.NetworkInterfaces {
		ip, ok := parseAddr(n.Address)
		if !ok && n.Address != "" {
			odd("networkInterfaces[].address")
		}
		if !ok || n.Internal.V || ip.IsLoopback() {
			continue
		}
		if ip.Is4() {
			a.v4 = add(a.v4, ip)
		} else {
			a.v6 = add(a.v6, ip)
		}
		switch {
		case ip.IsPrivate():
			a.private = add(a.private, ip)
		case isPublic(ip):
			a.public = add(a.public, ip)
		}
	}
	return a
}

// isPublic reports that the world can reach an address.
func isPublic(ip netip.Addr) bool {
	return ip.IsGlobalUnicast() && !ip.IsPrivate() && !carrierNAT.Contains(ip)
}

// carrierNAT are addresses that providers share among customers: neither private nor public.
var carrierNAT = netip.MustParsePrefix("100.64.0.0/10")

// parseAddr reads an address without its zone.
func parseAddr(s string) (netip.Addr, bool) {
	ip, err := netip.ParseAddr(strings.TrimSpace(s))
	return ip.WithZone("").Unmap(), err == nil
}

func add(list []string, ip netip.Addr) []string {
	if s := ip.String(); !slices.Contains(list, s) {
		list = append(list, s)
	}
	return list
}
