package entities

// governanceLayer is the layer of the types that say who holds the keys; those of the core have none.
const governanceLayer = "governance"

// governs adds an entity type to the layer governance. Its place is below those of the core.
func governs[T any](place int, typ, resource string, classes ...string) *Model {
	m := register[T](100+place, typ, resource, classes...)
	m.Layer = governanceLayer
	return m
}

// The keys of the entities of the layer governance.
type (
	// AdministratorKey is the key of an [Administrator].
	AdministratorKey string
	// RoleKey is the key of a [Role].
	RoleKey string
	// ServiceAccountKey is the key of a [ServiceAccount].
	ServiceAccountKey string
	// AuthnPolicyKey is the key of an [AuthnPolicy].
	AuthnPolicyKey string
	// IPListKey is the key of an [IPList].
	IPListKey string
	// DirectoryKey is the key of a [Directory].
	DirectoryKey string
	// RADIUSServerKey is the key of a [RADIUSServer].
	RADIUSServerKey string
	// OrganizationSettingsKey is the key of [OrganizationSettings].
	OrganizationSettingsKey string
	// PasswordPolicyKey is the key of a [PasswordPolicy].
	PasswordPolicyKey string
	// SSHKeyKey is the key of an [SSHKey].
	SSHKeyKey string
	// MFAFactorKey is the key of an [MFAFactor].
	MFAFactorKey string
)
