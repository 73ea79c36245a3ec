package client

import (
	"cmp"
	"context"
	"encoding/json"
	"iter"
)

// Organization is a tenant. Lists hold id, names, logo and creation time only, unless Fields asks for more; the rest
// comes with Get.
type Organization struct {
	Record

	// ID is the id of the organization.
	ID string `json:"_id,omitzero" identity:"id"`
	// OtherID repeats the id; some answers carry only this one.
	OtherID     string `json:"id,omitzero" identity:"id"`
	DisplayName string `json:"displayName,omitzero"` // null in a fresh organization
	LogoURL     string `json:"logoUrl,omitzero"`
	Created     Time   `json:"created,omitzero"`

	Provider                         string                `json:"provider,omitzero"` // id of the managing provider
	AccountType                      string                `json:"accountType,omitzero"`
	AccountsReceivable               string                `json:"accountsReceivable,omitzero"`
	AccessRestriction                string                `json:"accessRestriction,omitzero"`
	CustomEmailSettings              *CustomEmailSettings  `json:"customEmailSettings,omitzero"`
	Entitlement                      *Entitlement          `json:"entitlement,omitzero"`
	HasStripeCustomerID              Bool                  `json:"hasStripeCustomerId,omitzero"`
	HasCreditCard                    Bool                  `json:"hasCreditCard,omitzero"`
	LastEstimateCalculationTimeStamp Time                  `json:"lastEstimateCalculationTimeStamp,omitzero"`
	LastSFDCSyncStatus               json.RawMessage       `json:"lastSfdcSyncStatus,omitzero"`
	TotalBillingEstimate             Int                   `json:"totalBillingEstimate,omitzero"`
	Settings                         *OrganizationSettings `json:"settings,omitzero"`
}

func (o *Organization) recordID() string { return cmp.Or(o.ID, o.OtherID) }

// CustomEmailSettings tells whether the organization sends e-mail of its own making.
type CustomEmailSettings struct {
	Enabled Bool `json:"enabled,omitzero"`
}

// Entitlement is what the organization has bought.
type Entitlement struct {
	BillingModel        string                   `json:"billingModel,omitzero"`
	CapUserQuantity     Bool                     `json:"capUserQuantity,omitzero"`
	MaxUserQuantity     Int                      `json:"maxUserQuantity,omitzero"`
	PurchaseChannel     string                   `json:"purchaseChannel,omitzero"`
	IsManuallyBilled    Bool                     `json:"isManuallyBilled,omitzero"`
	PricePerUserSum     Float                    `json:"pricePerUserSum,omitzero"`
	EntitlementProducts List[EntitlementProduct] `json:"entitlementProducts,omitzero"`
}

// EntitlementProduct is one product that the organization has bought.
type EntitlementProduct struct {
	Name             string `json:"name,omitzero"`
	ProductCode      string `json:"productCode,omitzero"`
	ProductCategory  string `json:"productCategory,omitzero"`
	ContractType     string `json:"contractType,omitzero"`
	PricePerUser     Float  `json:"pricePerUser,omitzero"`
	MaxUserCount     Int    `json:"maxUserCount,omitzero"`
	CommittedUsers   Int    `json:"committedUsers,omitzero"`
	UncommittedUsers Int    `json:"uncommittedUsers,omitzero"`
}

// OrganizationSettings are the settings of an organization; some roles may see fewer of them.
type OrganizationSettings struct {
	Name            string `json:"name,omitzero"`
	ContactName     string `json:"contactName,omitzero"`
	ContactEmail    string `json:"contactEmail,omitzero"`
	EmailDisclaimer string `json:"emailDisclaimer,omitzero"`
	Logo            string `json:"logo,omitzero"`
	AgentVersion    string `json:"agentVersion,omitzero"`

	DisableLDAP                  Bool `json:"disableLdap,omitzero"`
	DisableUM                    Bool `json:"disableUM,omitzero"`
	DuplicateLDAPGroups          Bool `json:"duplicateLDAPGroups,omitzero"`
	DisableCommandRunner         Bool `json:"disableCommandRunner,omitzero"`
	DisableGoogleLogin           Bool `json:"disableGoogleLogin,omitzero"`
	EnableGoogleApps             Bool `json:"enableGoogleApps,omitzero"`
	EnableManagedUID             Bool `json:"enableManagedUID,omitzero"`
	EnableO365                   Bool `json:"enableO365,omitzero"`
	EnableUserPortalAgentInstall Bool `json:"enableUserPortalAgentInstall,omitzero"`
	ChromeDTCEnabled             Bool `json:"chromeDTCEnabled,omitzero"`
	DeviceIdentificationEnabled  Bool `json:"deviceIdentificationEnabled,omitzero"`
	PendingDelete                Bool `json:"pendingDelete,omitzero"`
	RequireAdminMFA              Bool `json:"requireAdminMFA,omitzero"`
	ShowIntro                    Bool `json:"showIntro,omitzero"`
	SystemUsersCanEdit           Bool `json:"systemUsersCanEdit,omitzero"`

	SystemUserPasswordExpirationInDays Int    `json:"systemUserPasswordExpirationInDays,omitzero"`
	MaxSystemUsers                     Int    `json:"maxSystemUsers,omitzero"`
	PasswordCompliance                 string `json:"passwordCompliance,omitzero"` // custom, pci3 or windows

	PasswordPolicy             *PasswordPolicy             `json:"passwordPolicy,omitzero"`
	UserPortal                 *UserPortal                 `json:"userPortal,omitzero"`
	NewSystemUserStateDefaults *NewSystemUserStateDefaults `json:"newSystemUserStateDefaults,omitzero"`
	Features                   *OrganizationFeatures       `json:"features,omitzero"`
	SystemUserDefaults         *SystemUserDefaults         `json:"systemUserDefaults,omitzero"`
	TrustedAppConfig           *TrustedAppConfig           `json:"trustedAppConfig,omitzero"`
	WindowsMDM                 *WindowsMDM                 `json:"windowsMDM,omitzero"`
	BetaFeatures               json.RawMessage             `json:"betaFeatures,omitzero"`
	GrowthData                 json.RawMessage             `json:"growthData,omitzero"`
}

// PasswordPolicy is what passwords must look like. A number counts only when the switch with its name in it is true.
type PasswordPolicy struct {
	EnableMinLength                        Bool `json:"enableMinLength,omitzero"`
	MinLength                              Int  `json:"minLength,omitzero"`
	EnableMaxHistory                       Bool `json:"enableMaxHistory,omitzero"`
	MaxHistory                             Int  `json:"maxHistory,omitzero"`
	EnablePasswordExpirationInDays         Bool `json:"enablePasswordExpirationInDays,omitzero"`
	PasswordExpirationInDays               Int  `json:"passwordExpirationInDays,omitzero"`
	EnableMinChangePeriodInDays            Bool `json:"enableMinChangePeriodInDays,omitzero"`
	MinChangePeriodInDays                  Int  `json:"minChangePeriodInDays,omitzero"`
	EnableMaxLoginAttempts                 Bool `json:"enableMaxLoginAttempts,omitzero"`
	MaxLoginAttempts                       Int  `json:"maxLoginAttempts,omitzero"`
	EnableLockoutTimeInSeconds             Bool `json:"enableLockoutTimeInSeconds,omitzero"`
	LockoutTimeInSeconds                   Int  `json:"lockoutTimeInSeconds,omitzero"`
	EnableResetLockoutCounter              Bool `json:"enableResetLockoutCounter,omitzero"`
	ResetLockoutCounterMinutes             Int  `json:"resetLockoutCounterMinutes,omitzero"`
	EnableDaysBeforeExpirationToForceReset Bool `json:"enableDaysBeforeExpirationToForceReset,omitzero"`
	DaysBeforeExpirationToForceReset       Int  `json:"daysBeforeExpirationToForceReset,omitzero"`
	EnableDaysAfterExpirationToSelfRecover Bool `json:"enableDaysAfterExpirationToSelfRecover,omitzero"`
	DaysAfterExpirationToSelfRecover       Int  `json:"daysAfterExpirationToSelfRecover,omitzero"`

	NeedsLowercase                      Bool `json:"needsLowercase,omitzero"`
	NeedsUppercase                      Bool `json:"needsUppercase,omitzero"`
	NeedsNumeric                        Bool `json:"needsNumeric,omitzero"`
	NeedsSymbolic                       Bool `json:"needsSymbolic,omitzero"`
	AllowUsernameSubstring              Bool `json:"allowUsernameSubstring,omitzero"`
	AllowUnenrolledMFAPasswordReset     Bool `json:"allowUnenrolledMFAPasswordReset,omitzero"`
	DisallowCommonlyUsedPasswords       Bool `json:"disallowCommonlyUsedPasswords,omitzero"`
	DisallowSequentialOrRepetitiveChars Bool `json:"disallowSequentialOrRepetitiveChars,omitzero"`
	DisplayComplexityOnResetScreen      Bool `json:"displayComplexityOnResetScreen,omitzero"`
	EnableRecoveryEmail                 Bool `json:"enableRecoveryEmail,omitzero"`

	EffectiveDate   Time `json:"effectiveDate,omitzero"`
	GracePeriodDate Time `json:"gracePeriodDate,omitzero"`
}

// UserPortal are the settings of the portal that users see.
type UserPortal struct {
	IdleSessionDurationMinutes Int    `json:"idleSessionDurationMinutes,omitzero"`
	CookieExpirationType       string `json:"cookieExpirationType,omitzero"` // session or date
}

// NewSystemUserStateDefaults are the states in which new users start, by how they were made.
type NewSystemUserStateDefaults struct {
	ApplicationImport string `json:"applicationImport,omitzero"`
	CSVImport         string `json:"csvImport,omitzero"`
	ManualEntry       string `json:"manualEntry,omitzero"`
}

// OrganizationFeatures are the products that are switched on.
type OrganizationFeatures struct {
	DirectoryInsights        *FeatureSwitch         `json:"directoryInsights,omitzero"`
	DirectoryInsightsPremium *FeatureSwitch         `json:"directoryInsightsPremium,omitzero"`
	SystemInsights           *SystemInsightsFeature `json:"systemInsights,omitzero"`
}

// FeatureSwitch tells whether a product is on.
type FeatureSwitch struct {
	Enabled   Bool `json:"enabled,omitzero"`
	CreatedAt Time `json:"createdAt,omitzero"`
	UpdatedAt Time `json:"updatedAt,omitzero"`
}

// SystemInsightsFeature tells for which systems System Insights is on.
type SystemInsightsFeature struct {
	Enabled          Bool `json:"enabled,omitzero"`
	EnableNewDarwin  Bool `json:"enableNewDarwin,omitzero"`
	EnableNewLinux   Bool `json:"enableNewLinux,omitzero"`
	EnableNewWindows Bool `json:"enableNewWindows,omitzero"`
	CreatedAt        Time `json:"createdAt,omitzero"`
	UpdatedAt        Time `json:"updatedAt,omitzero"`
}

// SystemUserDefaults are the defaults for new users.
type SystemUserDefaults struct {
	RestrictedFields List[RestrictedField] `json:"restrictedFields,omitzero"`
}

// TrustedAppConfig lists the programs that JumpCloud Go trusts.
type TrustedAppConfig struct {
	Checksum    string           `json:"checksum,omitzero"`
	TrustedApps List[TrustedApp] `json:"trustedApps,omitzero"`
}

// TrustedApp is a program that JumpCloud Go trusts.
type TrustedApp struct {
	Name   string `json:"name,omitzero"`
	Path   string `json:"path,omitzero"`
	TeamID string `json:"teamid,omitzero"`
}

// WindowsMDM tells whether Windows systems are managed and enrolled by themselves.
type WindowsMDM struct {
	Enabled    Bool `json:"enabled,omitzero"`
	AutoEnroll Bool `json:"autoEnroll,omitzero"`
}

// JumpCloud: the routes of organizations answer 403 when x-org-id is sent.
var (
	getOrganization   = register(route{method: "GET", version: 1, template: "/organizations/{id}", repeat: true, noOrg: true})
	listOrganizations = register(route{method: "GET", version: 1, template: "/organizations", query: "limit skip sort fields filter", repeat: true, noOrg: true})
)

// OrganizationsService reads organizations: https://docs.jumpcloud.com/api/1.0/index.html#tag/Organizations
type OrganizationsService struct{ c *Client }

// Get reads one organization with its settings. It costs one request.
func (s *OrganizationsService) Get(ctx context.Context, id string) (*Organization, error) {
	return get[Organization](ctx, s.c, getOrganization, id)
}

// Page reads one page of up to 100 organizations in ascending order of ids. It costs one request.
func (s *OrganizationsService) Page(ctx context.Context, options ...ListOption) (*Page[Organization], error) {
	return onePage[Organization](ctx, s.c, options, &source{route: listOrganizations, most: 100, sort: "_id"})
}

// All reads all organizations that the credential can see, in ascending order of ids. It costs one request per 99.
func (s *OrganizationsService) All(ctx context.Context, options ...ListOption) iter.Seq2[*Organization, error] {
	return all[Organization](ctx, s.c, options, &source{route: listOrganizations, most: 100, sort: "_id"})
}
