package relationships

import "github.com/jumpgraph/jumpgraph/entities"

// The rules of the layer governance for edges without properties of their own.
var (
	accountHasAdministrator         = rule("jumpcloud_account", Has, "jumpcloud_administrator")
	accountHasRole                  = rule("jumpcloud_account", Has, "jumpcloud_role")
	accountHasServiceAccount        = rule("jumpcloud_account", Has, "jumpcloud_service_account")
	accountHasAuthnPolicy           = rule("jumpcloud_account", Has, "jumpcloud_authn_policy")
	accountHasIPList                = rule("jumpcloud_account", Has, "jumpcloud_ip_list")
	accountHasDirectory             = rule("jumpcloud_account", Has, "jumpcloud_directory")
	accountHasRADIUSServer          = rule("jumpcloud_account", Has, "jumpcloud_radius_server")
	accountHasOrganizationSettings  = rule("jumpcloud_account", Has, "jumpcloud_organization_settings")
	accountHasPasswordPolicy        = rule("jumpcloud_account", Has, "jumpcloud_password_policy")
	administratorAssignedRole       = rule("jumpcloud_administrator", Assigned, "jumpcloud_role")
	administratorIsUser             = rule("jumpcloud_administrator", Is, "jumpcloud_user")
	serviceAccountAssignedRole      = rule("jumpcloud_service_account", Assigned, "jumpcloud_role")
	authnPolicyAssignedGroup        = rule("jumpcloud_authn_policy", Assigned, "jumpcloud_group")
	authnPolicyAssignedUser         = rule("jumpcloud_authn_policy", Assigned, "jumpcloud_user")
	authnPolicyAssignedApplication  = rule("jumpcloud_authn_policy", Assigned, "jumpcloud_application")
	groupOverridesAuthnPolicy       = rule("jumpcloud_group", Overrides, "jumpcloud_authn_policy")
	applicationOverridesAuthnPolicy = rule("jumpcloud_application", Overrides, "jumpcloud_authn_policy")
	groupAssignedDirectory          = rule("jumpcloud_group", Assigned, "jumpcloud_directory")
	userAssignedDirectory           = rule("jumpcloud_user", Assigned, "jumpcloud_directory")
	groupAssignedRADIUSServer       = rule("jumpcloud_group", Assigned, "jumpcloud_radius_server")
	userHasSSHKey                   = rule("jumpcloud_user", Has, "jumpcloud_ssh_key")
	userAssignedMFAFactor           = rule("jumpcloud_user", Assigned, "jumpcloud_mfa_factor")
)

// AccountHasAdministrator says that an administrator may administer an organization.
func AccountHasAdministrator(from entities.AccountKey, to entities.AdministratorKey) Relationship {
	return accountHasAdministrator.between(string(from), string(to))
}

// AccountHasRole says that a role is one of an organization.
func AccountHasRole(from entities.AccountKey, to entities.RoleKey) Relationship {
	return accountHasRole.between(string(from), string(to))
}

// AccountHasServiceAccount says that the account of a program belongs to an organization.
func AccountHasServiceAccount(from entities.AccountKey, to entities.ServiceAccountKey) Relationship {
	return accountHasServiceAccount.between(string(from), string(to))
}

// AccountHasAuthnPolicy says that a conditional access policy belongs to an organization.
func AccountHasAuthnPolicy(from entities.AccountKey, to entities.AuthnPolicyKey) Relationship {
	return accountHasAuthnPolicy.between(string(from), string(to))
}

// AccountHasIPList says that a list of addresses belongs to an organization.
func AccountHasIPList(from entities.AccountKey, to entities.IPListKey) Relationship {
	return accountHasIPList.between(string(from), string(to))
}

// AccountHasDirectory says that a directory belongs to an organization.
func AccountHasDirectory(from entities.AccountKey, to entities.DirectoryKey) Relationship {
	return accountHasDirectory.between(string(from), string(to))
}

// AccountHasRADIUSServer says that a RADIUS server belongs to an organization.
func AccountHasRADIUSServer(from entities.AccountKey, to entities.RADIUSServerKey) Relationship {
	return accountHasRADIUSServer.between(string(from), string(to))
}

// AccountHasOrganizationSettings says that settings are those of an organization.
func AccountHasOrganizationSettings(from entities.AccountKey, to entities.OrganizationSettingsKey) Relationship {
	return accountHasOrganizationSettings.between(string(from), string(to))
}

// AccountHasPasswordPolicy says that a password policy is that of an organization.
func AccountHasPasswordPolicy(from entities.AccountKey, to entities.PasswordPolicyKey) Relationship {
	return accountHasPasswordPolicy.between(string(from), string(to))
}

// AdministratorAssignedRole says that an administrator has a role.
func AdministratorAssignedRole(from entities.AdministratorKey, to entities.RoleKey) Relationship {
	return administratorAssignedRole.between(string(from), string(to))
}

// AdministratorIsUser says that an administrator and a user have the same e-mail address, which no other user has.
func AdministratorIsUser(from entities.AdministratorKey, to entities.UserKey) Relationship {
	return administratorIsUser.between(string(from), string(to))
}

// ServiceAccountAssignedRole says that the account of a program has a role.
func ServiceAccountAssignedRole(from entities.ServiceAccountKey, to entities.RoleKey) Relationship {
	return serviceAccountAssignedRole.between(string(from), string(to))
}

// AuthnPolicyAssignedGroup says that a policy includes the members of a group.
func AuthnPolicyAssignedGroup(from entities.AuthnPolicyKey, to entities.GroupKey) Relationship {
	return authnPolicyAssignedGroup.between(string(from), string(to))
}

// AuthnPolicyAssignedUser says that a policy names a user.
func AuthnPolicyAssignedUser(from entities.AuthnPolicyKey, to entities.UserKey) Relationship {
	return authnPolicyAssignedUser.between(string(from), string(to))
}

// AuthnPolicyAssignedApplication says that a policy names an application.
func AuthnPolicyAssignedApplication(from entities.AuthnPolicyKey, to entities.ApplicationKey) Relationship {
	return authnPolicyAssignedApplication.between(string(from), string(to))
}

// GroupOverridesAuthnPolicy says that the members of a group are excluded from a policy.
func GroupOverridesAuthnPolicy(from entities.GroupKey, to entities.AuthnPolicyKey) Relationship {
	return groupOverridesAuthnPolicy.between(string(from), string(to))
}

// ApplicationOverridesAuthnPolicy says that an application is excluded from a policy.
func ApplicationOverridesAuthnPolicy(from entities.ApplicationKey, to entities.AuthnPolicyKey) Relationship {
	return applicationOverridesAuthnPolicy.between(string(from), string(to))
}

// GroupAssignedDirectory says that the members of a group are in a directory, too.
func GroupAssignedDirectory(from entities.GroupKey, to entities.DirectoryKey) Relationship {
	return groupAssignedDirectory.between(string(from), string(to))
}

// UserAssignedDirectory says that a user is in a directory, too, directly or by a group.
func UserAssignedDirectory(from entities.UserKey, to entities.DirectoryKey) Relationship {
	return userAssignedDirectory.between(string(from), string(to))
}

// GroupAssignedRADIUSServer says that the members of a group may use what is behind a RADIUS server.
func GroupAssignedRADIUSServer(from entities.GroupKey, to entities.RADIUSServerKey) Relationship {
	return groupAssignedRADIUSServer.between(string(from), string(to))
}

// UserHasSSHKey says that an SSH key is a user's.
func UserHasSSHKey(from entities.UserKey, to entities.SSHKeyKey) Relationship {
	return userHasSSHKey.between(string(from), string(to))
}

// UserAssignedMFAFactor says that a user has set up a second factor, or has begun to.
func UserAssignedMFAFactor(from entities.UserKey, to entities.MFAFactorKey) Relationship {
	return userAssignedMFAFactor.between(string(from), string(to))
}
