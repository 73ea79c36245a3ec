package class

// AccessRole is a set of rights that accounts are given.
type AccessRole struct {
	// SuperAdmin says whether the role may do everything.
	SuperAdmin bool `json:"superAdmin,omitzero"`
	// SystemRole says whether the vendor made the role.
	SystemRole bool `json:"systemRole,omitzero"`
	// PrivilegeServiceIDs are the ids of the services that the role may use.
	PrivilegeServiceIDs []string `json:"privilegeServiceIds,omitzero"`
	// PrivilegeNames are the names of the rights.
	PrivilegeNames []string `json:"privilegeNames,omitzero"`
}

// AccessPolicy says who may reach what, and how.
type AccessPolicy struct {
	// Admin says whether the policy gives the rights of an administrator.
	Admin bool `json:"admin,omitzero"`
	// Rules are the rules of the policy.
	Rules []string `json:"rules,omitzero"`
	// Content is the text of the policy.
	Content string `json:"content,omitzero"`
}

// Ruleset is a set of rules.
type Ruleset struct {
	// Category is what the rules are about.
	Category string `json:"category,omitzero"`
	// Rules are the rules.
	Rules []string `json:"rules,omitzero"`
	// Content is the text of the rules.
	Content string `json:"content,omitzero"`
}

// PasswordPolicy says what passwords must look like.
type PasswordPolicy struct {
	// MinLength is how many characters a password needs.
	MinLength int64 `json:"minLength,omitzero"`
	// RequireSymbols says whether a password needs a symbol.
	RequireSymbols bool `json:"requireSymbols,omitzero"`
	// RequireNumbers says whether a password needs a digit.
	RequireNumbers bool `json:"requireNumbers,omitzero"`
	// RequireUppercase says whether a password needs a capital letter.
	RequireUppercase bool `json:"requireUppercase,omitzero"`
	// RequireLowercase says whether a password needs a small letter.
	RequireLowercase bool `json:"requireLowercase,omitzero"`
	// MaxAgeDays is after how many days a password ends.
	MaxAgeDays int64 `json:"maxAgeDays,omitzero"`
	// MinAgeMins is how many minutes a password must stay.
	MinAgeMins int64 `json:"minAgeMins,omitzero"`
	// HistoryCount is how many former passwords may not come again.
	HistoryCount int64 `json:"historyCount,omitzero"`
	// PreventReset says whether users may not reset their passwords.
	PreventReset bool `json:"preventReset,omitzero"`
	// ExpiryWarningDays is how many days before its end a user is told.
	ExpiryWarningDays int64 `json:"expiryWarningDays,omitzero"`
	// HardExpiry says whether a password that has ended cannot be changed by its user.
	HardExpiry bool `json:"hardExpiry,omitzero"`
	// ExcludeUsername says whether a password may not hold the name of its user.
	ExcludeUsername bool `json:"excludeUsername,omitzero"`
	// ExcludeAttributes are the attributes of a user that a password may not hold.
	ExcludeAttributes []string `json:"excludeAttributes,omitzero"`
	// ExcludeCommonPasswords says whether a password may not be a common one.
	ExcludeCommonPasswords bool `json:"excludeCommonPasswords,omitzero"`
	// LockoutAttempts is after how many failures an account is locked.
	LockoutAttempts int64 `json:"lockoutAttempts,omitzero"`
	// AutoUnlockMins is after how many minutes a locked account is open again.
	AutoUnlockMins int64 `json:"autoUnlockMins,omitzero"`
	// RequireMFA says whether a second factor is needed to change a password.
	RequireMFA bool `json:"requireMFA,omitzero"`
}

// Key is something that proves who somebody is.
type Key struct {
	// Fingerprint tells the key apart without showing it.
	Fingerprint string `json:"fingerprint,omitzero"`
	// Material is the key itself.
	Material string `json:"material,omitzero"`
	// Usage is what the key is for.
	Usage string `json:"usage,omitzero"`
}

// AccessKey is a key that gives access. It adds nothing to Key.
type AccessKey struct{}

// NHI is an account that is no person's.
type NHI struct {
	// NHIType is the kind of account.
	NHIType string `json:"nhiType,omitzero"`
	// IsAI says whether an artificial intelligence uses the account.
	IsAI bool `json:"isAi,omitzero"`
	// AIConfidence says how sure that is.
	AIConfidence string `json:"aiConfidence,omitzero"`
	// AIPlatform is whose artificial intelligence it is.
	AIPlatform string `json:"aiPlatform,omitzero"`
	// Owner is who answers for the account.
	Owner string `json:"owner,omitzero"`
	// NHIOwnerStatus says whether somebody answers for the account.
	NHIOwnerStatus string `json:"nhiOwnerStatus,omitzero"`
}

// Directory is a list of people and what belongs to them.
type Directory struct {
	// Type is the kind of directory.
	Type string `json:"type,omitzero"`
	// DirectoryServers are the servers of the directory.
	DirectoryServers []string `json:"directoryServers,omitzero"`
	// DomainControllers are the domain controllers of the directory.
	DomainControllers []string `json:"domainControllers,omitzero"`
	// Parent is the directory above.
	Parent string `json:"parent,omitzero"`
}

// Service is something that others use over a network.
type Service struct {
	// Category lists the areas that the service belongs to.
	Category []string `json:"category"`
	// Function lists what the service does.
	Function []string `json:"function"`
	// Endpoints are where the service is reached.
	Endpoints []string `json:"endpoints,omitzero"`
	// FedrampModerate says whether the service is authorized by FedRAMP.
	FedrampModerate bool `json:"fedrampModerate,omitzero"`
	// HIPAAEligible says whether the service may hold health data.
	HIPAAEligible bool `json:"hipaaEligible,omitzero"`
}
