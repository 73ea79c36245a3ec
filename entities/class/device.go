package class

// OSType is a family of operating systems.
type OSType string

// The families of operating systems.
const (
	OSDarwin   OSType = "darwin"
	OSLinux    OSType = "linux"
	OSUnix     OSType = "unix"
	OSWindows  OSType = "windows"
	OSAndroid  OSType = "android"
	OSIOS      OSType = "ios"
	OSChromeOS OSType = "chromeos"
	OSLegacy   OSType = "legacy"
	OSEmbedded OSType = "embedded"
	OSOther    OSType = "other"
)

// DeviceStatus is a stage in the life of a device.
type DeviceStatus string

// The stages in the life of a device.
const (
	StatusAssigned       DeviceStatus = "assigned"
	StatusArchived       DeviceStatus = "archived"
	StatusDecommissioned DeviceStatus = "decommissioned"
	StatusDefective      DeviceStatus = "defective"
	StatusDeployed       DeviceStatus = "deployed"
	StatusDisposed       DeviceStatus = "disposed"
	StatusLocked         DeviceStatus = "locked"
	StatusLostStolen     DeviceStatus = "lost/stolen"
	StatusPending        DeviceStatus = "pending"
	StatusReady          DeviceStatus = "ready"
	StatusUnknown        DeviceStatus = "unknown"
	StatusOther          DeviceStatus = "other"
)

// Device is a piece of hardware. Nearly all of its properties must be there, as null where nobody knows.
type Device struct {
	// DisplayName is what people call the device.
	DisplayName string `json:"displayName"`
	// Category is what the device is: server, endpoint, mobile, network or the like.
	Category *string `json:"category"`
	// Make is who built the device.
	Make *string `json:"make"`
	// Model is the maker's name for this kind of device.
	Model *string `json:"model"`
	// Serial is the serial number that the maker gave the device.
	Serial *string `json:"serial"`
	// DeviceID lists the ids of the hardware.
	DeviceID []string `json:"deviceId" jsonschema:"uniqueItems=true"`
	// OSName is the name of the operating system.
	OSName *string `json:"osName"`
	// OSType is the family of the operating system.
	OSType *OSType `json:"osType"`
	// OSVersion is the version of the operating system.
	OSVersion *string `json:"osVersion"`
	// OSDetails is the operating system in full words.
	OSDetails *string `json:"osDetails"`
	// Hostname is the device's own name in the network, without a domain.
	Hostname *string `json:"hostname" jsonschema:"pattern=^[a-zA-Z0-9][a-zA-Z0-9-]{0\\,61}[a-zA-Z0-9]$"`
	// FQDN lists the full names of the device in the network.
	FQDN []string `json:"fqdn" jsonschema:"uniqueItems=true,format=fqdn"`
	// IPv4Addresses lists the IPv4 addresses of the device.
	IPv4Addresses []string `json:"ipv4Addresses" jsonschema:"uniqueItems=true,format=ipv4"`
	// IPv6Addresses lists the IPv6 addresses of the device.
	IPv6Addresses []string `json:"ipv6Addresses" jsonschema:"uniqueItems=true,format=ipv6"`
	// PublicIPAddresses lists the addresses by which the world reaches the device.
	PublicIPAddresses []string `json:"publicIpAddresses" jsonschema:"uniqueItems=true,format=ip"`
	// PrivateIPAddresses lists the addresses of the device in private networks.
	PrivateIPAddresses []string `json:"privateIpAddresses" jsonschema:"uniqueItems=true,format=ip"`
	// MACAddresses lists the hardware addresses of the device, in lower case with colons.
	MACAddresses []string `json:"macAddresses" jsonschema:"uniqueItems=true,pattern=^([0-9a-f]{2}:){5}([0-9a-f]{2})$"`
	// LastSeenOn is when the device was heard of last, in milliseconds since 1970.
	LastSeenOn *int64 `json:"lastSeenOn" jsonschema:"minimum=0,maximum=253402300799999"`

	// Status is the stage in the life of the device.
	Status DeviceStatus `json:"status,omitzero"`
	// Public says whether everybody can reach the device.
	Public bool `json:"public,omitzero"`
	// Version is the version of the hardware.
	Version string `json:"version,omitzero"`
	// HardwareVendor is who built the hardware.
	HardwareVendor string `json:"hardwareVendor,omitzero"`
	// HardwareModel is the maker's name for the hardware.
	HardwareModel string `json:"hardwareModel,omitzero"`
	// HardwareVersion is the version of the hardware.
	HardwareVersion string `json:"hardwareVersion,omitzero"`
	// HardwareSerial is the serial number of the hardware.
	HardwareSerial string `json:"hardwareSerial,omitzero"`
	// Location is where the device stands.
	Location string `json:"location,omitzero"`
	// UserEmails lists the e-mail addresses of the people who use the device.
	UserEmails []string `json:"userEmails,omitzero" jsonschema:"uniqueItems=true,format=email"`
	// AssetTag lists the inventory numbers of the device.
	AssetTag []string `json:"assetTag,omitzero" jsonschema:"uniqueItems=true"`
	// Cost is what the device did cost.
	Cost float64 `json:"cost,omitzero"`
	// Value is what the device is worth.
	Value float64 `json:"value,omitzero"`
	// ScreenLockTimeout is after which time the screen locks.
	ScreenLockTimeout float64 `json:"screenLockTimeout,omitzero"`
	// BYOD says whether the device belongs to its user.
	BYOD bool `json:"BYOD,omitzero"`
	// AutoSecurityPatchEnabled says whether security patches install by themselves.
	AutoSecurityPatchEnabled bool `json:"autoSecurityPatchEnabled,omitzero"`
	// AutoSystemPatchEnabled says whether system patches install by themselves.
	AutoSystemPatchEnabled bool `json:"autoSystemPatchEnabled,omitzero"`
	// Encrypted says whether the storage is encrypted.
	Encrypted bool `json:"encrypted,omitzero"`
	// MalwareProtected says whether the device is protected against malware.
	MalwareProtected bool `json:"malwareProtected,omitzero"`
	// FirewallEnabled says whether a firewall is on.
	FirewallEnabled bool `json:"firewallEnabled,omitzero"`
	// RemoteAccessEnabled says whether the device can be used from afar.
	RemoteAccessEnabled bool `json:"remoteAccessEnabled,omitzero"`
	// ScreenLockEnabled says whether the screen locks by itself.
	ScreenLockEnabled bool `json:"screenLockEnabled,omitzero"`
}
