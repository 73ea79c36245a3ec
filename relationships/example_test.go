package relationships_test

import (
	"encoding/json"
	"fmt"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
)

func ExampleGroupHasUser() {
	group, user := entities.GroupKey("5f0c1d2e3a4b5c6d7e8f9003"), entities.UserKey("5f0c1d2e3a4b5c6d7e8f9002")
	edge := relationships.GroupHasUser(group, user)
	b, err := json.MarshalIndent(edge, "", "  ")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(b))
	// Output:
	// {
	//   "_key": "5f0c1d2e3a4b5c6d7e8f9003|has|5f0c1d2e3a4b5c6d7e8f9002",
	//   "_type": "jumpcloud_group_has_user",
	//   "_class": "HAS",
	//   "_fromEntityKey": "5f0c1d2e3a4b5c6d7e8f9003",
	//   "_toEntityKey": "5f0c1d2e3a4b5c6d7e8f9002",
	//   "displayName": "HAS"
	// }
}

func ExampleRules() {
	typ := relationships.GroupHasUser("5f0c1d2e3a4b5c6d7e8f9003", "5f0c1d2e3a4b5c6d7e8f9002").Type
	for _, r := range relationships.Rules() {
		if r.Type == typ {
			fmt.Println(r.From, r.Class, r.To)
		}
	}
	// Output:
	// jumpcloud_group HAS jumpcloud_user
}
