package client_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
)

// TestGroups_KeepKnownPartsOfAttributes reads attributes of both kinds of groups. What is known stays byte for byte; of all
// else only the names do.
func TestGroups_KeepKnownPartsOfAttributes(t *testing.T) {
	t.Parallel()
	reply := func(members string) string { return `{"radius":{"reply":[{` + members + `}]}}` }
	for in, want := range map[string]string{
		`null`: ``,
		`{}`:   `{}`,
		`{"ldapGroups":[{"name":"group-0"}],"posixGroups":[{"id":5001,"name":"<&>\u00e9"}]}`: `{"ldapGroups":[{"name":"group-0"}],"posixGroups":[{"id":5001,"name":"<&>\u00e9"}]}`,
		`{"sambaEnabled":true, "sudo":{"withoutPassword":null,"enabled":"true"}}`:            `{"sambaEnabled":true,"sudo":{"withoutPassword":null,"enabled":"true"}}`,
		`{"ldapGroups":[null],"radius":null,"posixGroups":[{"id":"5"}]}`:                     `{"ldapGroups":[null],"radius":null,"posixGroups":[{"id":"5"}]}`,

		// RADIUS: a value that is harmless, also as a number and with a tag; a password; what nobody knows.
		reply(`"name":"Session-Timeout","value":3600`):                 reply(`"name":"Session-Timeout","value":3600`),
		reply(`"value":"13","name":"Tunnel-Type:1"`):                   reply(`"value":"13","name":"Tunnel-Type:1"`),
		reply(`"name":"Tunnel-Password","value":"hush"`):               reply(`"name":"Tunnel-Password","_unknownFields":["value"]`),
		reply(`"name":"Tunnel-Password:1","value":"hush"`):             reply(`"name":"Tunnel-Password:1","_unknownFields":["value"]`),
		reply(`"name":"Filter-Id","name":"Class","value":"hush"`):      reply(`"name":"Class","_unknownFields":["value"]`),
		reply(`"name":"Filter-Id","value":"x","op":"hush","a":{}`):     reply(`"name":"Filter-Id","value":"x","_unknownFields":["a","op"]`),
		reply(`"name":"Filter-Id","value":{"a":"hush"}`):               reply(`"name":"Filter-Id","_unknownFields":["value"]`),
		reply(`"name":5,"value":"hush"`):                               reply(`"name":5,"_unknownFields":["value"]`),
		`{"radius":{"sharedSecret":"hush","reply":[]},"new":["hush"]}`: `{"radius":{"reply":[],"_unknownFields":["sharedSecret"]},"_unknownFields":["new"]}`,

		// Other forms than JumpCloud describes.
		`"hush"`: ``, `5`: ``, `true`: ``,
		`[]`: `[]`,
		`["hush",["hush"],null,{"sambaEnabled":false,"x":"hush"}]`:                                          `[null,{"sambaEnabled":false,"_unknownFields":["x"]}]`,
		`{"sudo":"hush","ldapGroups":{"name":"g"},"radius":["hush"],"sambaEnabled":"hush","posixGroups":5}`: `{"ldapGroups":{"name":"g"},"radius":[],"_unknownFields":["posixGroups","sambaEnabled","sudo"]}`,
	} {
		checkGroups(t, "attributes", in, want, func(g *client.UserGroup) string { return g.Attributes.Text() })
	}
}

func TestGroups_KeepKnownPartsOfMemberQueries(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`null`: ``, `"hush"`: ``, `[]`: `[]`,
		`{"queryType":"FilterQuery","filters":[{"field":"department","operator":"eq","value":"Sales"}]}`:                       `{"queryType":"FilterQuery","filters":[{"field":"department","operator":"eq","value":"Sales"}]}`,
		`{"filters":[{"field":"os","operator":"in","value":["Ubuntu",22]}]}`:                                                   `{"filters":[{"field":"os","operator":"in","value":["Ubuntu",22]}]}`,
		`{"filters":[{"field":"attributes.badge","value":"B-1"}]}`:                                                             `{"filters":[{"field":"attributes.badge","value":"B-1"}]}`,
		`{"filters":[{"field":"os","value":[["hush"]]},{"field":"os","value":{"a":"hush"}}]}`:                                  `{"filters":[{"field":"os","_unknownFields":["value"]},{"field":"os","_unknownFields":["value"]}]}`,
		`{"filters":[{"field":"systemToken","value":"hush"},{"field":"new","value":"hush"},{"value":"hush"}],"search":"hush"}`: `{"filters":[{"field":"systemToken","_unknownFields":["value"]},{"field":"new","_unknownFields":["value"]},{"_unknownFields":["value"]}],"_unknownFields":["search"]}`,
	} {
		checkGroups(t, "memberQuery", in, want, func(g *client.UserGroup) string { return g.MemberQuery.Text() })
	}
}

// checkGroups reads a group with a field, and compares what is kept of the field.
func checkGroups(t *testing.T, field, in, want string, text func(*client.UserGroup) string) {
	t.Helper()
	var users client.UserGroup
	var systems client.SystemGroup
	for _, group := range []any{&users, &systems} {
		if err := json.Unmarshal([]byte(`{"id":"g","`+field+`": `+in+` ,"description":"after"}`), group); err != nil {
			t.Errorf("%T, %s %s: %v", group, field, in, err)
			continue
		}
		out, err := json.Marshal(group)
		if err != nil {
			t.Fatal(err)
		}
		var all map[string]json.RawMessage
		if err := json.Unmarshal(out, &all); err != nil {
			t.Fatal(err)
		}
		var got any
		var wanted any
		_ = json.Unmarshal(all[field], &got)
		_ = json.Unmarshal([]byte(want), &wanted)
		if fmt.Sprint(got) != fmt.Sprint(wanted) || string(all["description"]) != `"after"` {
			t.Errorf("%T with %s %s is written as %s, want %s", group, field, in, out, want)
		}
		if printed := fmt.Sprintf("%v %+v %#v %s", group, group, group, out); strings.Contains(printed, "hush") {
			t.Errorf("%T with %s %s shows a secret: %s", group, field, in, printed)
		}
	}
	if got := text(&users); got != want {
		t.Errorf("%s %s is kept as %s, want %s", field, in, got, want)
	}
}

func TestGroupAttributes_FieldsHoldWhatCanBeRead(t *testing.T) {
	t.Parallel()
	var a client.GroupAttributes
	in := `{"sudo":{"enabled":true},"ldapGroups":7,"posixGroups":[{"id":5,"name":"p"}],"sambaEnabled":"x",
		"radius":{"reply":[{"name":"Session-Timeout","value":3600},{"name":"Tunnel-Password","value":"hush"},{"name":"Filter-Id","value":"staff"}]}}`
	if err := json.Unmarshal([]byte(in), &a); err != nil {
		t.Fatal(err)
	}
	if a.Sudo == nil || !a.Sudo.Enabled.V || len(a.LDAPGroups) != 0 || len(a.POSIXGroups) != 1 || a.POSIXGroups[0].ID.V != 5 || a.SambaEnabled.OK {
		t.Errorf("got %+v, want what can be read", a)
	}
	want := client.List[client.RADIUSReply]{{Name: "Session-Timeout", Value: "3600"}, {Name: "Tunnel-Password"}, {Name: "Filter-Id", Value: "staff"}}
	if a.RADIUS == nil || fmt.Sprint(a.RADIUS.Reply) != fmt.Sprint(want) {
		t.Errorf("got %+v, want %+v", a.RADIUS, want)
	}
}
