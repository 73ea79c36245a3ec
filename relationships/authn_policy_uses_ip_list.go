package relationships

import "github.com/jumpgraph/jumpgraph/entities"

var authnPolicyUsesIPList = ruleWith[AuthnPolicyUsesIPListProperties]("jumpcloud_authn_policy", Uses, "jumpcloud_ip_list")

// AuthnPolicyUsesIPListProperties are what only the edges of [AuthnPolicyUsesIPList] have.
type AuthnPolicyUsesIPListProperties struct {
	// Excluding says whether the policy applies to logins from addresses that are not on the list. It is false where the
	// policy uses the list in both ways.
	Excluding bool `json:"excluding"`
}

// AuthnPolicyUsesIPList says that the conditions of a policy name a list of addresses.
func AuthnPolicyUsesIPList(p entities.AuthnPolicyKey, l entities.IPListKey, properties AuthnPolicyUsesIPListProperties) Relationship {
	r := authnPolicyUsesIPList.between(string(p), string(l))
	r.Properties = properties
	return r
}
