package relationships

import "github.com/jumpgraph/jumpgraph/entities"

var userAssignedApplication = ruleWith[UserAssignedApplicationProperties]("jumpcloud_user", Assigned, "jumpcloud_application")

// UserAssignedApplicationProperties are what only the edges of [UserAssignedApplication] have.
type UserAssignedApplicationProperties struct {
	// Direct says whether the user is bound to the application itself, or only through a group.
	Direct bool `json:"direct"`
}

// UserAssignedApplication says that a user may use an application.
func UserAssignedApplication(u entities.UserKey, app entities.ApplicationKey, p UserAssignedApplicationProperties) Relationship {
	r := userAssignedApplication.between(string(u), string(app))
	r.Properties = p
	return r
}
