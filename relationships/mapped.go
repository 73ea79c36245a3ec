package relationships

import (
	"cmp"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/entities"
)

// is is the class of mapped edges: both ends are the same thing. It is no class of the data model, so its type is plain.
const is = "IS"

// Mapped is an edge to an entity that this graph does not hold. JupiterOne looks for it by some of its properties, among
// the entities of all integrations, and makes it when there is none. Mapped edges are not part of the data model: they
// are made on demand, by the sinks that can hold them.
type Mapped struct {
	Key         string  `json:"_key"`
	Type        string  `json:"_type"`
	Class       string  `json:"_class"`
	DisplayName string  `json:"displayName"`
	Mapping     Mapping `json:"_mapping"`
}

// Mapping says how JupiterOne finds the other end.
type Mapping struct {
	// RelationshipDirection is FORWARD: the entity of this graph is the source.
	RelationshipDirection string `json:"relationshipDirection"`
	// SourceEntityKey is the key of the entity of this graph.
	SourceEntityKey string `json:"sourceEntityKey"`
	// TargetFilterKeys are the properties to search by: all of one inner list, or all of another.
	TargetFilterKeys [][]string `json:"targetFilterKeys"`
	// TargetEntity holds what to search for, and what a new entity gets.
	TargetEntity Employee `json:"targetEntity"`
	// SkipTargetCreation is false: an employee that is not there is made.
	SkipTargetCreation bool `json:"skipTargetCreation"`
}

// Employee is a person as JupiterOne's mapping makes one of a user.
type Employee struct {
	Type  string `json:"_type"`
	Class string `json:"_class"`
	// Email is in lower case: it is what makes users of several organizations one person.
	Email        string   `json:"email"`
	Name         string   `json:"name"`
	DisplayName  string   `json:"displayName"`
	FirstName    string   `json:"firstName,omitzero"`
	LastName     string   `json:"lastName,omitzero"`
	EmployeeType string   `json:"employeeType,omitzero"`
	EmployeeID   string   `json:"employeeId,omitzero"`
	UserIDs      []string `json:"userIds,omitzero"`
	Title        string   `json:"title,omitzero"`
}

// notPeople are the employee types of accounts that are no person.
var notPeople = []string{"bot", "generic", "service", "shared", "system"}

// UserIsEmployee maps a user to the person with the same e-mail address, by the rule of JupiterOne's own mapping: it
// gives none for users without an address, for service users of Samba, and for users whose employeeType is bot, generic,
// service, shared or system, in any case.
func UserIsEmployee(u *entities.User) (Mapped, bool) {
	email := strings.ToLower(strings.TrimSpace(u.Email))
	if email == "" || u.SambaServiceUser || slices.Contains(notPeople, strings.ToLower(strings.TrimSpace(u.EmployeeType))) {
		return Mapped{}, false
	}
	e := Employee{
		Type: "employee", Class: "Person", Email: email,
		FirstName: u.FirstName, LastName: u.LastName, EmployeeType: u.EmployeeType, EmployeeID: u.EmployeeID, Title: u.JobTitle,
	}
	e.Name = cmp.Or(strings.TrimSpace(u.FirstName+" "+u.LastName), u.Name)
	e.DisplayName = e.Name
	if u.Username != "" {
		e.UserIDs = []string{u.Username}
	}
	return Mapped{
		Key:         u.Key + "|is|FORWARD:_class=Person:email=" + email,
		Type:        typeOf("mapping_source", is, e.Type),
		Class:       is,
		DisplayName: is,
		Mapping: Mapping{
			RelationshipDirection: "FORWARD",
			SourceEntityKey:       u.Key,
			TargetFilterKeys:      [][]string{{"_class", "email"}},
			TargetEntity:          e,
		},
	}, true
}
