package entities_test

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
)

func ExampleNewUser() {
	var u client.SystemUser // as an iterator of the client yields it
	answer := `{"_id": "5f0c1d2e3a4b5c6d7e8f9002", "username": "mira", "firstname": "Mira", "state": "ACTIVATED",
		"activated": true, "suspended": false, "externally_managed": false, "ldap_binding_user": false,
		"samba_service_user": false, "mfa": {"configured": true, "exclusion": false}}`
	if err := json.Unmarshal([]byte(answer), &u); err != nil {
		fmt.Println(err)
		return
	}
	user, err := entities.NewUser(&u)
	if err != nil {
		fmt.Println(err)
		return
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	if err := enc.Encode(user); err != nil {
		fmt.Println(err)
	}
	fmt.Println("JumpCloud did not say:", user.Assumed())
	// Output:
	// {
	//   "_key": "5f0c1d2e3a4b5c6d7e8f9002",
	//   "_type": "jumpcloud_user",
	//   "_class": [
	//     "User"
	//   ],
	//   "name": "Mira",
	//   "displayName": "mira",
	//   "state": "activated",
	//   "suspended": false,
	//   "login": "mira",
	//   "username": "mira",
	//   "firstName": "Mira",
	//   "mfaExclusion": false,
	//   "mfaConfigured": true,
	//   "externallyManaged": false,
	//   "ldapBindingUser": false,
	//   "sambaServiceUser": false,
	//   "sudo": false,
	//   "id": "5f0c1d2e3a4b5c6d7e8f9002",
	//   "active": true,
	//   "isActive": true,
	//   "webLink": "https://console.jumpcloud.com/#/users/5f0c1d2e3a4b5c6d7e8f9002/details"
	// }
	// JumpCloud did not say: [sudo]
}

func ExampleConverter() {
	c := entities.Converter{ConsoleURL: client.EU.ConsoleURL(), Raw: true}
	group, err := c.Group(&client.UserGroup{ID: "5f0c1d2e3a4b5c6d7e8f9003", Name: "Pilots"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(group.WebLink)
	fmt.Println(string(group.RawData[0].RawData))

	_, err = c.Group(&client.UserGroup{Name: "Pilots"})
	fmt.Println(err)
	// Output:
	// https://console.eu.jumpcloud.com/#/groups/user/5f0c1d2e3a4b5c6d7e8f9003/details
	// {"id":"5f0c1d2e3a4b5c6d7e8f9003","name":"Pilots"}
	// entities: jumpcloud_group "Pilots" has no id
}
