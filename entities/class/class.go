// Package class holds the JupiterOne classes that the entities inherit from: their properties and rules.
//
// The structs are never filled. The generator reads them: it writes a schema for each, checks that every entity keeps
// the promises of its classes, and takes from here the description of each inherited property. A rule is written as in
// package entities: no omitzero means required, a pointer or a slice without omitzero means required and nullable, a
// nullable tag means that null is allowed, a named string type means one of its constants.
//
// The classes are those of JupiterOne's data model 0.64, with one exception: [User] is the class of the generation in
// which a user has one user name and one e-mail address, since that is the documented JumpCloud model.
package class

import "reflect"

// Class is a JupiterOne class.
type Class struct {
	// Struct has the properties that the class adds to those of its parent; its name is that of the class.
	Struct reflect.Type
	// Parent is the class that it inherits from; nil for the root.
	Parent reflect.Type
}

// All returns the classes, parents first. The result is the caller's own.
func All() []Class {
	return []Class{
		{reflect.TypeFor[GraphObject](), nil},
		child[Entity, GraphObject](),
		child[Account, Entity](),
		child[Organization, Entity](),
		child[Group, Entity](),
		child[Configuration, Entity](),
		child[Application, Entity](),
		child[User, Entity](),
		child[Device, Entity](),
		child[AccessRole, Entity](),
		child[AccessPolicy, Entity](),
		child[Ruleset, Entity](),
		child[PasswordPolicy, Entity](),
		child[Key, Entity](),
		child[AccessKey, Key](),
		child[NHI, Entity](),
		child[Directory, Entity](),
		child[Service, Entity](),
	}
}

func child[C, Parent any]() Class { return Class{reflect.TypeFor[C](), reflect.TypeFor[Parent]()} }

// Millis is a point in time: milliseconds since 1970-01-01 UTC.
type Millis int64

// GraphObject is the root of all classes.
type GraphObject struct {
	// Key identifies the object within one account.
	Key string `json:"_key" jsonschema:"minLength=10"`
	// Type is the kind of the object.
	Type string `json:"_type" jsonschema:"minLength=3"`
	// Class lists the classes of the object.
	Class []string `json:"_class" jsonschema:"minItems=1"`
}

// Entity is a node of the graph.
type Entity struct {
	// ID is the id of the object at its source.
	ID string `json:"id,omitzero"`
	// Name is what the object is called.
	Name string `json:"name"`
	// DisplayName is what people call the object.
	DisplayName string `json:"displayName"`
	// Summary says in a line what the object is.
	Summary string `json:"summary,omitzero"`
	// Description says what the object is or is for.
	Description string `json:"description,omitzero"`
	// Classification says how sensitive the object is.
	Classification string `json:"classification,omitzero" jsonschema:"nullable"`
	// Criticality says from 1 to 10 how much depends on the object.
	Criticality int `json:"criticality,omitzero" jsonschema:"minimum=1,maximum=10"`
	// Risk says from 1 to 10 how risky the object is.
	Risk int `json:"risk,omitzero" jsonschema:"minimum=1,maximum=10"`
	// Trust says from 1 to 10 how far the object is trusted.
	Trust int `json:"trust,omitzero" jsonschema:"minimum=1,maximum=10"`
	// ComplianceStatus says from 0 to 1 how far the object complies.
	ComplianceStatus float64 `json:"complianceStatus,omitzero" jsonschema:"minimum=0,maximum=1"`
	// Status is the state of the object in the words of its source.
	Status string `json:"status,omitzero"`
	// Active says whether the object is in use.
	Active bool `json:"active,omitzero"`
	// Public says whether everybody can reach the object.
	Public bool `json:"public,omitzero"`
	// Validated says whether the object is known to be right.
	Validated bool `json:"validated,omitzero"`
	// Temporary says whether the object is meant for a short time.
	Temporary bool `json:"temporary,omitzero"`
	// Trusted says whether the object is trusted.
	Trusted bool `json:"trusted,omitzero"`
	// Owner is who answers for the object.
	Owner string `json:"owner,omitzero"`
	// CreatedBy is who made the object.
	CreatedBy string `json:"createdBy,omitzero"`
	// UpdatedBy is who changed the object last.
	UpdatedBy string `json:"updatedBy,omitzero"`
	// DeletedBy is who deleted the object.
	DeletedBy string `json:"deletedBy,omitzero"`
	// DiscoveredBy is who found the object.
	DiscoveredBy string `json:"discoveredBy,omitzero"`
	// CreatedOn is when the object was made, in milliseconds since 1970.
	CreatedOn Millis `json:"createdOn,omitzero"`
	// UpdatedOn is when the object was changed last, in milliseconds since 1970.
	UpdatedOn Millis `json:"updatedOn,omitzero"`
	// DeletedOn is when the object was deleted, in milliseconds since 1970.
	DeletedOn Millis `json:"deletedOn,omitzero"`
	// DiscoveredOn is when the object was found, in milliseconds since 1970.
	DiscoveredOn Millis `json:"discoveredOn,omitzero"`
	// ExpiresOn is when the object ends, in milliseconds since 1970.
	ExpiresOn Millis `json:"expiresOn,omitzero"`
	// WebLink is where the object can be seen in its own console.
	WebLink string `json:"webLink,omitzero" jsonschema:"format=uri"`
	// Tags are words attached to the object.
	Tags []string `json:"tags,omitzero"`
	// Notes are remarks about the object.
	Notes []string `json:"notes,omitzero"`
}

// Account is an account with a vendor.
type Account struct {
	// Vendor is the name of the vendor.
	Vendor string `json:"vendor"`
	// AccessURL is where people log in.
	AccessURL string `json:"accessURL,omitzero" jsonschema:"format=uri"`
	// MFAEnabled says whether multi-factor authentication is on.
	MFAEnabled bool `json:"mfaEnabled,omitzero"`
}

// Organization is a company or a part of one.
type Organization struct {
	// Website is the address of the organization's web site.
	Website string `json:"website,omitzero" jsonschema:"format=uri"`
	// EmailDomain is the domain of the organization's e-mail addresses.
	EmailDomain string `json:"emailDomain,omitzero"`
	// External says whether the organization is somebody else's.
	External bool `json:"external,omitzero"`
}

// Group is a set of other entities. It adds nothing to Entity.
type Group struct{}

// Configuration is a set of settings. It adds nothing to Entity.
type Configuration struct{}

// Application is a piece of software that people use.
type Application struct {
	// COTS says whether the application is bought ready made.
	COTS bool `json:"COTS,omitzero"`
	// FOSS says whether the application is free software.
	FOSS bool `json:"FOSS,omitzero"`
	// SaaS says whether somebody else runs the application.
	SaaS bool `json:"SaaS,omitzero"`
	// External says whether the application is somebody else's.
	External bool `json:"external,omitzero"`
	// Mobile says whether the application runs on mobile devices.
	Mobile bool `json:"mobile,omitzero"`
	// License is the name of the application's licence.
	License string `json:"license,omitzero"`
	// LicenseURL is where the licence can be read.
	LicenseURL string `json:"licenseURL,omitzero" jsonschema:"format=uri"`
	// ProductionURL is where the application is used.
	ProductionURL string `json:"productionURL,omitzero" jsonschema:"format=uri"`
	// StagingURL is where the application is tried before release.
	StagingURL string `json:"stagingURL,omitzero" jsonschema:"format=uri"`
	// DevURL is where the application is developed.
	DevURL string `json:"devURL,omitzero" jsonschema:"format=uri"`
	// TestURL is where the application is tested.
	TestURL string `json:"testURL,omitzero" jsonschema:"format=uri"`
	// AlternateURLs are further addresses of the application.
	AlternateURLs []string `json:"alternateURLs,omitzero"`
}

// User is somebody's account.
type User struct {
	// Username is the name the user logs in with.
	Username string `json:"username,omitzero"`
	// Email is the e-mail address of the user.
	Email string `json:"email,omitzero"`
	// FirstName is the user's given name.
	FirstName string `json:"firstName,omitzero"`
	// LastName is the user's family name.
	LastName string `json:"lastName,omitzero"`
	// EmployeeID is the number that the employer gave the user.
	EmployeeID string `json:"employeeId,omitzero"`
	// Deprecated: Use isActive instead
	Active bool `json:"active,omitzero"`
	// IsActive says whether the user can log in.
	IsActive bool `json:"isActive,omitzero"`
	// Deprecated: Use isMfaEnabled instead
	MFAEnabled bool `json:"mfaEnabled,omitzero"`
	// IsMFAEnabled says whether a second factor is set up.
	IsMFAEnabled bool `json:"isMfaEnabled,omitzero"`
	// MFAType is the kind of the second factor.
	MFAType string `json:"mfaType,omitzero"`
	// IsAdmin says whether the user may administer the account.
	IsAdmin bool `json:"isAdmin,omitzero"`
	// IsPerson says whether a person stands behind the user.
	IsPerson bool `json:"isPerson,omitzero"`
	// IsGuest says whether the user belongs to another organization.
	IsGuest bool `json:"isGuest,omitzero"`
	// PasswordChangedOn is when the password was changed last, in milliseconds since 1970.
	PasswordChangedOn Millis `json:"passwordChangedOn,omitzero"`
	// UserIDs are the ids by which the user is known.
	UserIDs []string `json:"userIds,omitzero" jsonschema:"uniqueItems=true"`
}
