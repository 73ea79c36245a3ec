package relationships_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

func TestUserIsEmployee_HasJupiterOnesForm(t *testing.T) {
	t.Parallel()
	u := &entities.User{
		Meta: entities.Meta{Key: from}, Name: "Ada Lovelace", Username: "ada", Email: "Ada@Example.COM ", FirstName: "Ada", LastName: "Lovelace",
		EmployeeType: "Contractor", EmployeeID: "7", JobTitle: "Analyst",
	}
	edge, ok := relationships.UserIsEmployee(u)
	if !ok {
		t.Fatal("a person is not mapped")
	}
	b, err := json.Marshal(edge)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"_key": from + "|is|FORWARD:_class=Person:email=ada@example.com", "_type": "mapping_source_is_employee",
		"_class": "IS", "displayName": "IS",
		"_mapping": map[string]any{
			"relationshipDirection": "FORWARD", "sourceEntityKey": from, "skipTargetCreation": false,
			"targetFilterKeys": []any{[]any{"_class", "email"}},
			"targetEntity": map[string]any{
				"_type": "employee", "_class": "Person", "email": "ada@example.com", "name": "Ada Lovelace", "displayName": "Ada Lovelace",
				"firstName": "Ada", "lastName": "Lovelace", "employeeType": "Contractor", "employeeId": "7", "title": "Analyst",
				"userIds": []any{"ada"},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("mapped edge (-documented +got):\n%s", diff)
	}
}

func TestUserIsEmployee_LeavesOutWhoIsNoPerson(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		user entities.User
		want bool
	}{
		"person":                 {entities.User{Email: "a@example.com"}, true},
		"no address":             {entities.User{}, false},
		"blank address":          {entities.User{Email: " "}, false},
		"samba service user":     {entities.User{Email: "a@example.com", SambaServiceUser: true}, false},
		"service account":        {entities.User{Email: "a@example.com", EmployeeType: "service"}, false},
		"bot in another case":    {entities.User{Email: "a@example.com", EmployeeType: "Bot"}, false},
		"generic":                {entities.User{Email: "a@example.com", EmployeeType: "generic"}, false},
		"shared":                 {entities.User{Email: "a@example.com", EmployeeType: "shared"}, false},
		"system":                 {entities.User{Email: "a@example.com", EmployeeType: "system"}, false},
		"an employee type alike": {entities.User{Email: "a@example.com", EmployeeType: "service manager"}, true},
	} {
		if _, ok := relationships.UserIsEmployee(&tt.user); ok != tt.want {
			t.Errorf("%s: mapped %t, want %t", name, ok, tt.want)
		}
	}
}

func TestUserIsEmployee_UsersOfSeveralOrganizationsAreOnePerson(t *testing.T) {
	t.Parallel()
	a, _ := relationships.UserIsEmployee(&entities.User{Meta: entities.Meta{Key: from}, Name: "a", Email: "A@example.com"})
	b, _ := relationships.UserIsEmployee(&entities.User{Meta: entities.Meta{Key: to}, Name: "a", Email: "a@EXAMPLE.com"})
	if a.Key == b.Key {
		t.Error("two users share one edge")
	}
	if a.Mapping.TargetEntity.Email != b.Mapping.TargetEntity.Email {
		t.Error("addresses that differ in case are two people")
	}
}
