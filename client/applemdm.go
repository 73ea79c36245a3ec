package client

import (
	"cmp"
	"context"
	"iter"
)

// AppleMDM is an Apple device manager. An organization has one in practice.
type AppleMDM struct {
	Record

	// ID is the id of the device manager.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID string `json:"_id,omitzero" identity:"id"`
	Name    string `json:"name,omitzero"` // may be empty
	// Organization is the id of the organization.
	Organization string `json:"organization,omitzero" identity:"owner"`

	APNSPushTopic           string `json:"apnsPushTopic,omitzero"`
	APNSCertExpiry          Time   `json:"apnsCertExpiry,omitzero"`
	AppleCertCreatorAppleID string `json:"appleCertCreatorAppleID,omitzero"`
	AppleCertSerialNumber   string `json:"appleCertSerialNumber,omitzero"`
	DEPAccessTokenExpiry    Time   `json:"depAccessTokenExpiry,omitzero"`
	DEPServerTokenState     string `json:"depServerTokenState,omitzero"` // unknown, missing, valid or expired

	DefaultSystemGroupID                  string `json:"defaultSystemGroupID,omitzero"`
	DefaultIOSUserEnrollmentDeviceGroupID string `json:"defaultIosUserEnrollmentDeviceGroupID,omitzero"`
	AllowMobileUserEnrollment             Bool   `json:"allowMobileUserEnrollment,omitzero"`
	ServiceDiscoveryEnabled               Bool   `json:"serviceDiscoveryEnabled,omitzero"`

	DEP  *DEP  `json:"dep,omitzero"` // older form of ADES
	ADES *ADES `json:"ades,omitzero"`
}

func (m *AppleMDM) recordID() string { return cmp.Or(m.ID, m.OtherID) }

// DEP are the settings for devices that enrol by themselves.
type DEP struct {
	EnableZeroTouchEnrollment Bool                       `json:"enableZeroTouchEnrollment,omitzero"`
	WelcomeScreen             *WelcomeScreen             `json:"welcomeScreen,omitzero"`
	SetupAssistantOptions     List[SetupAssistantOption] `json:"setupAssistantOptions,omitzero"`
}

// ADES are the settings for devices that enrol by themselves, by operating system.
type ADES struct {
	MacOS *ADESConfig `json:"macos,omitzero"`
	IOS   *ADESConfig `json:"ios,omitzero"`
}

// ADESConfig are the settings for devices of one operating system that enrol by themselves.
type ADESConfig struct {
	EnableZeroTouchEnrollment   Bool                       `json:"enableZeroTouchEnrollment,omitzero"`
	WelcomeScreen               *WelcomeScreen             `json:"welcomeScreen,omitzero"`
	SetupAssistantOptions       List[SetupAssistantOption] `json:"setupAssistantOptions,omitzero"`
	SetupOptions                List[string]               `json:"setupOptions,omitzero"`
	DefaultDeviceGroupObjectIDs List[string]               `json:"defaultDeviceGroupObjectIds,omitzero"`
}

// WelcomeScreen is what a device shows when it enrols.
type WelcomeScreen struct {
	Title     string `json:"title,omitzero"`
	Paragraph string `json:"paragraph,omitzero"`
	Button    string `json:"button,omitzero"`
}

// SetupAssistantOption is a step that the setup of a device leaves out.
type SetupAssistantOption struct {
	Option string `json:"option,omitzero"`
}

// AppleMDMDevice is a device that an Apple device manager knows. Its id is not that of a [System].
type AppleMDMDevice struct {
	Record

	// ID is the id of the device in its device manager.
	ID string `json:"id,omitzero" identity:"id"`
	// OtherID repeats the id under the name of API v1.
	OtherID      string `json:"_id,omitzero" identity:"id"`
	AppleMDMID   string `json:"appleMdmId,omitzero"`
	SerialNumber string `json:"serialNumber,omitzero"`
	UDID         string `json:"udid,omitzero"`
	OSVersion    string `json:"osVersion,omitzero"`
	ModelFamily  string `json:"modelFamily,omitzero"`
	MDMOSFamily  string `json:"mdmOsFamily,omitzero"`
	CreatedAt    Time   `json:"createdAt,omitzero"`

	DEPRegistered                Bool `json:"depRegistered,omitzero"`
	Enrolled                     Bool `json:"enrolled,omitzero"`
	HasActivationLockBypassCodes Bool `json:"hasActivationLockBypassCodes,omitzero"`

	SecurityInfo      *DeviceSecurityInfo `json:"securityInfo,omitzero"`
	DeviceInformation *DeviceInformation  `json:"deviceInformation,omitzero"` // often missing before enrolment
}

func (d *AppleMDMDevice) recordID() string { return cmp.Or(d.ID, d.OtherID) }

// DeviceSecurityInfo is how well an Apple device is protected.
type DeviceSecurityInfo struct {
	EnrolledViaDEP             Bool `json:"enrolledViaDep,omitzero"`
	IsActivationLockManageable Bool `json:"isActivationLockManageable,omitzero"`
	IsUserEnrollment           Bool `json:"isUserEnrollment,omitzero"`
	UserApprovedEnrollment     Bool `json:"userApprovedEnrollment,omitzero"`
	PasscodePresent            Bool `json:"passcodePresent,omitzero"`
	PasscodeCompliant          Bool `json:"passcodeCompliant,omitzero"`
	FileVaultEnabled           Bool `json:"filevaultEnabled,omitzero"`
	RecoveryLockEnabled        Bool `json:"recoveryLockEnabled,omitzero"`
}

// DeviceInformation is what an Apple device tells about itself.
type DeviceInformation struct {
	IsSupervised                         Bool  `json:"isSupervised,omitzero"`
	ActivationLockAllowedWhileSupervised Bool  `json:"activationLockAllowedWhileSupervised,omitzero"`
	IsActivationLockEnabled              Bool  `json:"isActivationLockEnabled,omitzero"`
	IsAppleSilicon                       Bool  `json:"isAppleSilicon,omitzero"`
	AvailableDeviceCapacity              Float `json:"availableDeviceCapacity,omitzero"` // unit undocumented
	DeviceCapacity                       Float `json:"deviceCapacity,omitzero"`          // unit undocumented

	DeviceName                     string `json:"deviceName,omitzero"`
	ModelName                      string `json:"modelName,omitzero"`
	ModelNumber                    string `json:"modelNumber,omitzero"`
	ModelMarketingName             string `json:"modelMarketingName,omitzero"`
	OSMarketingName                string `json:"osMarketingName,omitzero"`
	OSBuildVersion                 string `json:"osBuildVersion,omitzero"`
	OSSupplementalBuildVersion     string `json:"osSupplementalBuildVersion,omitzero"`
	OSExtraVersion                 string `json:"osExtraVersion,omitzero"`
	SoftwareUpdateID               string `json:"sofwareUpdateId,omitzero"` // JumpCloud spells it so
	IMEI                           string `json:"imei,omitzero"`
	ICCID                          string `json:"iccid,omitzero"`
	SecondIMEI                     string `json:"secondImei,omitzero"`
	SecondICCID                    string `json:"secondIccid,omitzero"`
	SubscriberCarrierNetwork       string `json:"subscriberCarrierNetwork,omitzero"`
	SecondSubscriberCarrierNetwork string `json:"secondSubscriberCarrierNetwork,omitzero"`
	WifiMAC                        string `json:"wifiMac,omitzero"`
}

var (
	listAppleMDMs       = register(route{method: "GET", version: 2, template: "/applemdms", query: "limit skip filter", repeat: true})
	listAppleMDMDevices = register(route{method: "GET", version: 2, template: "/applemdms/{apple_mdm_id}/devices", query: "limit skip filter sort", repeat: true})
	getAppleMDMDevice   = register(route{method: "GET", version: 2, template: "/applemdms/{apple_mdm_id}/devices/{device_id}", repeat: true})
)

// AppleMDMsService reads Apple device managers: https://docs.jumpcloud.com/api/2.0/index.html#tag/Apple-MDM
// JumpCloud has no route for a single device manager.
type AppleMDMsService struct{ c *Client }

// Page reads one page of up to 100 device managers. It costs one request.
func (s *AppleMDMsService) Page(ctx context.Context, options ...ListOption) (*Page[AppleMDM], error) {
	return onePage[AppleMDM](ctx, s.c, options, &source{route: listAppleMDMs, most: 100})
}

// All reads all device managers. It costs one request per 99.
func (s *AppleMDMsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*AppleMDM, error] {
	return all[AppleMDM](ctx, s.c, options, &source{route: listAppleMDMs, most: 100})
}

// GetDevice reads one device of a device manager. It costs one request.
func (s *AppleMDMsService) GetDevice(ctx context.Context, mdmID, deviceID string) (*AppleMDMDevice, error) {
	return get[AppleMDMDevice](ctx, s.c, getAppleMDMDevice, mdmID, deviceID)
}

// Devices reads the devices of a device manager in ascending order of ids. It costs one request per 99 devices.
func (s *AppleMDMsService) Devices(ctx context.Context, mdmID string, options ...ListOption) iter.Seq2[*AppleMDMDevice, error] {
	return all[AppleMDMDevice](ctx, s.c, options,
		&source{route: listAppleMDMDevices, params: []string{mdmID}, most: 100, sort: "id"})
}
