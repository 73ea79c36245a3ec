package schemas_test

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/schemas"
)

func ExampleValidate() {
	group, err := entities.NewGroup(&client.UserGroup{ID: "5f0c1d2e3a4b5c6d7e8f9003", Name: "Pilots"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schemas.Validate(group))

	group.Key, group.WebLink = "short", "not a link"
	fmt.Println(schemas.Validate(group))
	// Output:
	// <nil>
	// schemas: jumpcloud_group: _key: length must be >= 10 (minLength); webLink: must be a valid uri (format)
}

func ExampleValidateJSON() {
	stored := `{"_key": "5f0c1d2e3a4b5c6d7e8f9003", "_type": "jumpcloud_group", "_class": ["Group"],
		"id": "5f0c1d2e3a4b5c6d7e8f9003", "displayName": "Pilots", "createdOn": "yesterday", "colour": "blue"}`
	err := schemas.ValidateJSON("jumpcloud_group", []byte(stored))
	if broken, ok := errors.AsType[*schemas.Error](err); ok {
		for _, f := range broken.Findings {
			fmt.Printf("%-12s %-22s %s\n", f.Property, f.Rule, f.Message)
		}
	}
	// Output:
	// colour       unevaluatedProperties  is not a property of this type
	// createdOn    type                   expected number, but got string
	// name         required               is required
}

func ExampleFor() {
	b, err := schemas.For("jumpcloud_group_has_user")
	if err != nil {
		fmt.Println(err)
		return
	}
	var schema struct {
		ID    string `json:"$id"`
		Title string `json:"title"`
	}
	if err := json.Unmarshal(b, &schema); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(schema.Title)
	fmt.Println(schema.ID)
	// Output:
	// jumpcloud_group_has_user
	// https://github.com/jumpgraph/jumpgraph/schemas/jumpcloud_group_has_user.schema.json
}

func ExampleDeprecated() {
	used, err := schemas.Deprecated("jumpcloud_user", []byte(`{"active": true, "isActive": true}`))
	fmt.Println(used, err)
	// Output:
	// [active] <nil>
}
