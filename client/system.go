package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
)

// System is a device with JumpCloud's agent. A list and a single answer have the same form. Which fields are there
// depends on the operating system and on the version of the agent.
type System struct {
	Record

	// ID is the id of the system.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID string `json:"id,omitzero" identity:"id"`
	// Organization is the id of the organization.
	Organization string `json:"organization,omitzero" identity:"owner"`
	TemplateName string `json:"templateName,omitzero"`

	Hostname    string `json:"hostname,omitzero"`
	DisplayName string `json:"displayName,omitzero"` // free text of the administrators
	Description string `json:"description,omitzero"`

	OS              string           `json:"os,omitzero"` // free text such as Mac OS X; OSFamily is the safer one
	OSFamily        string           `json:"osFamily,omitzero"`
	Version         string           `json:"version,omitzero"` // of the operating system
	OSVersionDetail *OSVersionDetail `json:"osVersionDetail,omitzero"`
	Arch            string           `json:"arch,omitzero"`
	ArchFamily      string           `json:"archFamily,omitzero"`

	AgentVersion             string `json:"agentVersion,omitzero"`
	RemoteAssistAgentVersion string `json:"remoteAssistAgentVersion,omitzero"`
	Active                   Bool   `json:"active,omitzero"` // connected now
	LastContact              Time   `json:"lastContact,omitzero"`
	Created                  Time   `json:"created,omitzero"`
	SerialNumber             string `json:"serialNumber,omitzero"` // empty or repeated on virtual machines
	HWVendor                 string `json:"hwVendor,omitzero"`
	AmazonInstanceID         string `json:"amazonInstanceID,omitzero"`
	RemoteIP                 string `json:"remoteIP,omitzero"`
	SystemTimezone           Float  `json:"systemTimezone,omitzero"` // unit undocumented; looks like hours from UTC
	// SystemToken is a credential of the agent, which some answers carry.
	SystemToken       Secret                 `json:"systemToken,omitzero"`
	NetworkInterfaces List[NetworkInterface] `json:"networkInterfaces,omitzero"`
	ConnectionHistory List[json.RawMessage]  `json:"connectionHistory,omitzero"`
	FDE               *FDE                   `json:"fde,omitzero"`
	FileSystem        string                 `json:"fileSystem,omitzero"`
	SystemInsights    *SystemInsightsState   `json:"systemInsights,omitzero"`

	AllowSSHRootLogin              Bool            `json:"allowSshRootLogin,omitzero"`
	AllowSSHPasswordAuthentication Bool            `json:"allowSshPasswordAuthentication,omitzero"`
	AllowPublicKeyAuthentication   Bool            `json:"allowPublicKeyAuthentication,omitzero"`
	AllowMultiFactorAuthentication Bool            `json:"allowMultiFactorAuthentication,omitzero"`
	ModifySSHDConfig               Bool            `json:"modifySSHDConfig,omitzero"`
	SSHRootEnabled                 Bool            `json:"sshRootEnabled,omitzero"` // reported by the system; the allow fields are what was configured
	SSHDParams                     List[SSHDParam] `json:"sshdParams,omitzero"`

	AgentHasFullDiskAccess Bool `json:"agentHasFullDiskAccess,omitzero"`
	AzureADJoined          Bool `json:"azureAdJoined,omitzero"`
	DesktopCapable         Bool `json:"desktopCapable,omitzero"`
	HasServiceAccount      Bool `json:"hasServiceAccount,omitzero"`
	IsPolicyBound          Bool `json:"isPolicyBound,omitzero"`

	ServiceAccountState *ServiceAccountState `json:"serviceAccountState,omitzero"`
	PolicyStats         *PolicyStats         `json:"policyStats,omitzero"`
	PrimarySystemUser   *PrimarySystemUser   `json:"primarySystemUser,omitzero"`
	UserMetrics         List[UserMetric]     `json:"userMetrics,omitzero"`
	ProvisionMetadata   *ProvisionMetadata   `json:"provisionMetadata,omitzero"`
	MDM                 *SystemMDM           `json:"mdm,omitzero"`
	DomainInfo          *DomainInfo          `json:"domainInfo,omitzero"`
	BuiltInCommands     List[BuiltInCommand] `json:"builtInCommands,omitzero"`
	SecureLogin         *SecureLogin         `json:"secureLogin,omitzero"`
	// SecureLoginEnabled is the form that older answers have instead of SecureLogin.
	SecureLoginEnabled Bool            `json:"secureLoginEnabled,omitzero"`
	DisplayManager     string          `json:"displayManager,omitzero"`
	Attributes         List[Attribute] `json:"attributes,omitzero"`
	Tags               List[string]    `json:"tags,omitzero"`
}

func (s *System) recordID() string { return cmp.Or(s.ID, s.OtherID) }

// OSVersionDetail is the version of an operating system in its parts; which are there depends on the system.
type OSVersionDetail struct {
	OSName           string `json:"osName,omitzero"`
	ReleaseName      string `json:"releaseName,omitzero"`
	DistributionName string `json:"distributionName,omitzero"`
	Version          string `json:"version,omitzero"`
	Revision         string `json:"revision,omitzero"`
	Major            string `json:"major,omitzero"`
	Minor            string `json:"minor,omitzero"`
	Patch            string `json:"patch,omitzero"`
	MajorNumber      Int    `json:"majorNumber,omitzero"`
	MinorNumber      Int    `json:"minorNumber,omitzero"`
	PatchNumber      Int    `json:"patchNumber,omitzero"`
}

// NetworkInterface is one address of a network adapter; an adapter with several addresses appears several times.
type NetworkInterface struct {
	Name     string `json:"name,omitzero"`
	Family   string `json:"family,omitzero"` // IPv4 or IPv6
	Address  string `json:"address,omitzero"`
	Internal Bool   `json:"internal,omitzero"` // loopback
}

// FDE tells about full disk encryption. A missing value means unknown, not off.
type FDE struct {
	Active     Bool `json:"active,omitzero"`
	KeyPresent Bool `json:"keyPresent,omitzero"` // JumpCloud holds a recovery key
}

// SystemInsightsState is enabled, disabled or deferred.
type SystemInsightsState struct {
	State string `json:"state,omitzero"`
}

// SSHDParam is one setting of a system's SSH server.
type SSHDParam struct {
	Name  string `json:"name,omitzero"`
	Value string `json:"value,omitzero"`
}

// ServiceAccountState is the state of JumpCloud's service account on a Mac.
type ServiceAccountState struct {
	HasSecureToken    Bool `json:"hasSecureToken,omitzero"`
	PasswordODValid   Bool `json:"passwordODValid,omitzero"`
	PasswordAPFSValid Bool `json:"passwordAPFSValid,omitzero"`
}

// PolicyStats counts the policies of a system by their last result.
type PolicyStats struct {
	Total         Int `json:"total,omitzero"`
	Success       Int `json:"success,omitzero"`
	Failed        Int `json:"failed,omitzero"`
	Pending       Int `json:"pending,omitzero"`
	Duplicate     Int `json:"duplicate,omitzero"`
	UnsupportedOS Int `json:"unsupportedOs,omitzero"`
}

// PrimarySystemUser names the user whom a system belongs to.
type PrimarySystemUser struct {
	ID string `json:"id,omitzero"`
}

// UserMetric is a local account on a system, as the agent sees it.
type UserMetric struct {
	UserName           string `json:"userName,omitzero"` // of the local account, not an id
	Admin              Bool   `json:"admin,omitzero"`
	Managed            Bool   `json:"managed,omitzero"` // by JumpCloud
	Suspended          Bool   `json:"suspended,omitzero"`
	SecureTokenEnabled Bool   `json:"secureTokenEnabled,omitzero"`
}

// ProvisionMetadata tells how a system came to JumpCloud.
type ProvisionMetadata struct {
	Provisioner *Provisioner `json:"provisioner,omitzero"`
}

// Provisioner is who or what brought a system to JumpCloud.
type Provisioner struct {
	Type          string `json:"type,omitzero"`
	ProvisionerID string `json:"provisionerId,omitzero"`
}

// SystemMDM tells how a system is enrolled with a device manager.
type SystemMDM struct {
	Vendor            string       `json:"vendor,omitzero"`
	EnrollmentType    string       `json:"enrollmentType,omitzero"` // in words, such as automated device
	DEP               Bool         `json:"dep,omitzero"`
	UserApproved      Bool         `json:"userApproved,omitzero"`
	ProfileIdentifier string       `json:"profileIdentifier,omitzero"`
	ProviderID        string       `json:"providerId,omitzero"`
	LostModeStatus    string       `json:"lostModeStatus,omitzero"`
	Internal          *MDMInternal `json:"internal,omitzero"`
	Windows           *MDMWindows  `json:"windows,omitzero"`
}

// MDMInternal names a system in JumpCloud's own device managers.
type MDMInternal struct {
	DeviceID        string `json:"deviceId,omitzero"`
	WindowsDeviceID string `json:"windowsDeviceId,omitzero"`
}

// MDMWindows names the account under which a Windows system is enrolled.
type MDMWindows struct {
	UPN string `json:"upn,omitzero"`
}

// DomainInfo tells whether a Windows system belongs to a domain.
type DomainInfo struct {
	PartOfDomain Bool   `json:"partOfDomain,omitzero"`
	DomainName   string `json:"domainName,omitzero"`
}

// BuiltInCommand is an action that JumpCloud offers for a system, such as lock.
type BuiltInCommand struct {
	Type string `json:"type,omitzero"`
	Name string `json:"name,omitzero"`
}

// SecureLogin tells whether JumpCloud's own login window can be and is used.
type SecureLogin struct {
	Supported Bool `json:"supported,omitzero"`
	Enabled   Bool `json:"enabled,omitzero"`
}

var (
	getSystem     = register(route{method: "GET", version: 1, template: "/systems/{id}", repeat: true})
	listSystems   = register(route{method: "GET", version: 1, template: "/systems", query: "limit skip sort fields filter", repeat: true})
	searchSystems = register(route{method: "POST", version: 1, template: "/search/systems", query: "limit skip", repeat: true})
)

// SystemsService reads devices: https://docs.jumpcloud.com/api/1.0/index.html#tag/Systems
type SystemsService struct{ c *Client }

// Get reads one system. It costs one request.
func (s *SystemsService) Get(ctx context.Context, id string) (*System, error) {
	return get[System](ctx, s.c, getSystem, id)
}

// Page reads one page in ascending order of ids: up to 1,000 systems by a search, or up to 100 where searches are
// refused. It costs one request, two where searches are refused.
func (s *SystemsService) Page(ctx context.Context, options ...ListOption) (*Page[System], error) {
	return onePage[System](ctx, s.c, options, inventory(searchSystems, listSystems)...)
}

// All reads all systems in ascending order of ids. It costs one request per 999 systems, or per 99 where searches
// are refused.
func (s *SystemsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*System, error] {
	return all[System](ctx, s.c, options, inventory(searchSystems, listSystems)...)
}
