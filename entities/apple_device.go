package entities

import (
	"cmp"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities/class"
	"github.com/jumpgraph/jumpgraph/internal/format"
)

var appleDevice = register[AppleDevice](6, "jumpcloud_apple_device", "Device", "Device")

// AppleDevice is a device that an Apple device manager knows.
type AppleDevice struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"deviceInformation.deviceName,serialNumber,id,_id"`
	DisplayName string `json:"displayName" class:"Device" jc:"deviceInformation.deviceName,serialNumber,id,_id"`
	// Deprecated: Use isDepRegistered instead
	DEPRegistered bool `json:"depRegistered" jc:"depRegistered"`
	// IsDEPRegistered says whether the device is registered for automated enrolment.
	IsDEPRegistered bool `json:"isDepRegistered" jc:"depRegistered"`
	// Deprecated: Use isEnrolled instead
	Enrolled bool `json:"enrolled" jc:"enrolled"`
	// IsEnrolled says whether the device manager manages the device.
	IsEnrolled bool `json:"isEnrolled" jc:"enrolled"`
	// Deprecated: Use createdOn instead
	CreatedAt *Millis `json:"createdAt,omitzero" jc:"createdAt"`
	// HasActivationLockBypassCodes says whether JumpCloud can lift the device's activation lock.
	HasActivationLockBypassCodes bool `json:"hasActivationLockBypassCodes" jc:"hasActivationLockBypassCodes"`
	// IsSupervised says whether the device is supervised.
	IsSupervised bool `json:"isSupervised" jc:"deviceInformation.isSupervised"`
	// DeviceCapacity is the size of the storage, in the unit of JumpCloud, which is not documented.
	DeviceCapacity *float64 `json:"deviceCapacity,omitzero" jc:"deviceInformation.deviceCapacity"`
	// MACAddress is the hardware address of the wireless adapter, as JumpCloud writes it.
	MACAddress string `json:"macAddress,omitzero" jc:"deviceInformation.wifiMac"`
	// LastSeenOn is always null: JumpCloud does not say when it heard of the device last.
	LastSeenOn Null `json:"lastSeenOn"`
	// Make is who built the device.
	Make               AppleMake     `json:"make"`
	Category           *string       `json:"category" class:"Device" jc:"mdmOsFamily,modelFamily,deviceInformation.modelName"`
	Model              *string       `json:"model" class:"Device" jc:"deviceInformation.modelName"`
	Serial             *string       `json:"serial" class:"Device" jc:"serialNumber"`
	DeviceID           []string      `json:"deviceId" class:"Device" jc:"udid"`
	OSName             *string       `json:"osName" class:"Device" jc:"deviceInformation.osMarketingName"`
	OSType             *class.OSType `json:"osType" class:"Device" jc:"mdmOsFamily,modelFamily,deviceInformation.modelName"`
	OSVersion          *string       `json:"osVersion" class:"Device" jc:"osVersion"`
	OSDetails          *string       `json:"osDetails" class:"Device" jc:"deviceInformation.osMarketingName,osVersion"`
	MACAddresses       []string      `json:"macAddresses" class:"Device" jc:"deviceInformation.wifiMac"`
	Hostname           Null          `json:"hostname" class:"Device"`
	FQDN               Null          `json:"fqdn" class:"Device"`
	IPv4Addresses      Null          `json:"ipv4Addresses" class:"Device"`
	IPv6Addresses      Null          `json:"ipv6Addresses" class:"Device"`
	PublicIPAddresses  Null          `json:"publicIpAddresses" class:"Device"`
	PrivateIPAddresses Null          `json:"privateIpAddresses" class:"Device"`
	CreatedOn          *Millis       `json:"createdOn,omitzero" class:"Entity" jc:"createdAt"`
}

// AppleMake is the maker of all Apple devices.
type AppleMake string

// Apple is the maker of all Apple devices.
const Apple AppleMake = "Apple"

// NewAppleDevice is the short form of [Converter.AppleDevice].
func NewAppleDevice(a *client.AppleMDMDevice) (*AppleDevice, error) {
	return Converter{}.AppleDevice(a)
}

// AppleDevice makes an entity of a device that an Apple device manager knows.
func (c Converter) AppleDevice(a *client.AppleMDMDevice) (*AppleDevice, error) {
	if a == nil {
		return nil, errNone(appleDevice)
	}
	id := cmp.Or(a.ID, a.OtherID)
	info := cmp.Or(a.DeviceInformation, &client.DeviceInformation{})
	serial := strings.TrimSpace(a.SerialNumber)
	name := cmp.Or(info.DeviceName, serial, id)
	d, err := c.begin(appleDevice, id, name, a)
	if err != nil {
		return nil, err
	}
	createdOn := millis(a.CreatedAt)
	category, osType := appleKind(a.MDMOSFamily, a.ModelFamily, info.ModelName)
	e := &AppleDevice{
		ID:                           id,
		Name:                         name,
		DisplayName:                  name,
		DEPRegistered:                d.demanded("depRegistered", a.DEPRegistered),
		IsDEPRegistered:              d.demanded("isDepRegistered", a.DEPRegistered),
		Enrolled:                     d.demanded("enrolled", a.Enrolled),
		IsEnrolled:                   d.demanded("isEnrolled", a.Enrolled),
		CreatedAt:                    createdOn,
		HasActivationLockBypassCodes: d.demanded("hasActivationLockBypassCodes", a.HasActivationLockBypassCodes),
		IsSupervised:                 d.demanded("isSupervised", info.IsSupervised),
		MACAddress:                   info.WifiMAC,
		Make:                         Apple,
		Category:                     category,
		Model:                        nullable(info.ModelName),
		Serial:                       nullable(serial),
		DeviceID:                     single(a.UDID),
		OSName:                       nullable(info.OSMarketingName),
		OSType:                       osType,
		OSVersion:                    nullable(a.OSVersion),
		MACAddresses:                 single(format.MAC(info.WifiMAC)),
		CreatedOn:                    createdOn,
	}
	if info.DeviceCapacity.OK {
		e.DeviceCapacity = new(info.DeviceCapacity.V)
	}
	if info.OSMarketingName != "" {
		e.OSDetails = nullable(words(info.OSMarketingName, a.OSVersion))
	}
	e.Meta = d.meta
	return e, nil
}

// appleKind tells phones and tablets from computers by the first of the texts that says so.
func appleKind(texts ...string) (category *string, osType *class.OSType) {
	for _, t := range texts {
		t = strings.ToLower(strings.TrimSpace(t))
		switch {
		case hasPrefix(t, "iphone", "ipad", "ipod", "ios"):
			return new("mobile"), new(class.OSIOS)
		case hasPrefix(t, "mac", "imac", "osx", "os x", "darwin"):
			return new("endpoint"), new(class.OSDarwin)
		}
	}
	return nil, nil
}

func hasPrefix(s string, prefixes ...string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// single returns a list of one text, or nil for an empty text.
func single(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}
