package relationships_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// The ids of both ends in all examples.
const (
	from = "60259a2ad81e1a474d4e7c83"
	to   = "6026bec6b8207255280d5981"
)

// documented are the nine kinds as the documentation of the model has them, written out.
var documented = []struct {
	source, class, target string
	typ, key              string
	edge                  relationships.Relationship
}{
	{
		"jumpcloud_account", "HAS", "jumpcloud_apple_mdm",
		"jumpcloud_account_has_apple_mdm", from + "|has|" + to,
		relationships.AccountHasAppleMDM(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_application",
		"jumpcloud_account_has_application", from + "|has|" + to,
		relationships.AccountHasApplication(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_device",
		"jumpcloud_account_has_device", from + "|has|" + to,
		relationships.AccountHasDevice(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_group",
		"jumpcloud_account_has_group", from + "|has|" + to,
		relationships.AccountHasGroup(from, to),
	},
	{
		"jumpcloud_account", "HAS", "jumpcloud_user",
		"jumpcloud_account_has_user", from + "|has|" + to,
		relationships.AccountHasUser(from, to),
	},
	{
		"jumpcloud_apple_device", "HAS", "jumpcloud_apple_mdm",
		"jumpcloud_apple_device_has_mdm", from + "|has|" + to, // the target loses jumpcloud_apple
		relationships.AppleDeviceHasAppleMDM(from, to),
	},
	{
		"jumpcloud_group", "ASSIGNED", "jumpcloud_application",
		"jumpcloud_group_assigned_application", from + "|assigned|" + to,
		relationships.GroupAssignedApplication(from, to),
	},
	{
		"jumpcloud_group", "HAS", "jumpcloud_user",
		"jumpcloud_group_has_user", from + "|has|" + to,
		relationships.GroupHasUser(from, to),
	},
	{
		"jumpcloud_user", "ASSIGNED", "jumpcloud_application",
		"jumpcloud_user_assigned_application", from + "|assigned|" + to,
		relationships.UserAssignedApplication(from, to, true),
	},
}

func TestRules_AreTheDocumentedNine(t *testing.T) {
	t.Parallel()
	var want []relationships.Rule
	for _, d := range documented {
		r := relationships.Rule{Type: d.typ, Class: relationships.Class(d.class), From: d.source, To: d.target}
		if d.typ == "jumpcloud_user_assigned_application" {
			r.Properties = []string{"direct"}
		}
		want = append(want, r)
	}
	if diff := cmp.Diff(want, relationships.Rules()); diff != "" {
		t.Errorf("rules (-documented +got):\n%s", diff)
	}
}

func TestRules_JoinEntitiesOfTheModel(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, m := range entities.Models() {
		known[m.Type] = true
	}
	for _, r := range relationships.Rules() {
		if !known[r.From] || !known[r.To] {
			t.Errorf("%s joins %s and %s, which are not both entities of the model", r.Type, r.From, r.To)
		}
	}
}

func TestRules_ResultIsTheCallersOwn(t *testing.T) {
	t.Parallel()
	all := relationships.Rules()
	last := len(all) - 1
	all[0].Type, all[last].Properties[0] = "changed", "changed"
	if again := relationships.Rules(); again[0].Type == "changed" || again[last].Properties[0] == "changed" {
		t.Error("changing what Rules returned changed the rules")
	}
}

func TestConstructors_MakeTheDocumentedEdges(t *testing.T) {
	t.Parallel()
	for _, d := range documented {
		t.Run(d.typ, func(t *testing.T) {
			t.Parallel()
			b, err := json.Marshal(d.edge)
			if err != nil {
				t.Fatal(err)
			}
			var got map[string]any
			if err := json.Unmarshal(b, &got); err != nil {
				t.Fatal(err)
			}
			want := map[string]any{
				"_key": d.key, "_type": d.typ, "_class": d.class, "_fromEntityKey": from, "_toEntityKey": to, "displayName": d.class,
			}
			if d.typ == "jumpcloud_user_assigned_application" {
				want["direct"] = true
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("edge (-documented +got):\n%s", diff)
			}
			if err := schemas.Validate(d.edge); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestDirect_IsSetForUserAssignedApplicationOnly(t *testing.T) {
	t.Parallel()
	for _, d := range documented {
		has := d.edge.Direct != nil
		if want := d.typ == "jumpcloud_user_assigned_application"; has != want {
			t.Errorf("%s has the property direct: %t, want %t", d.typ, has, want)
		}
	}
	for _, direct := range []bool{true, false} {
		r := relationships.UserAssignedApplication(from, to, direct)
		if r.Direct == nil || *r.Direct != direct {
			t.Errorf("direct is %v, want %t", r.Direct, direct)
		}
		if b, err := json.Marshal(r); err != nil || !strings.Contains(string(b), `"direct":`) {
			t.Errorf("direct %t is missing in %s, %v", direct, b, err)
		}
		if err := schemas.Validate(r); err != nil {
			t.Error(err)
		}
	}
	a, b := relationships.UserAssignedApplication(from, to, true), relationships.UserAssignedApplication(from, to, true)
	*a.Direct = false
	if !*b.Direct {
		t.Error("two edges share one value of direct")
	}
}

// TestConstructors_TakeOnlyKeysOfTheirEnds looks at the types of the parameters: an edge between the wrong ends must not
// compile.
func TestConstructors_TakeOnlyKeysOfTheirEnds(t *testing.T) {
	t.Parallel()
	keys := map[reflect.Type]string{
		reflect.TypeFor[entities.AccountKey]():     "jumpcloud_account",
		reflect.TypeFor[entities.UserKey]():        "jumpcloud_user",
		reflect.TypeFor[entities.GroupKey]():       "jumpcloud_group",
		reflect.TypeFor[entities.ApplicationKey](): "jumpcloud_application",
		reflect.TypeFor[entities.AppleMDMKey]():    "jumpcloud_apple_mdm",
		reflect.TypeFor[entities.AppleDeviceKey](): "jumpcloud_apple_device",
		reflect.TypeFor[entities.DeviceKey]():      "jumpcloud_device",
	}
	for i, constructor := range []any{
		relationships.AccountHasAppleMDM, relationships.AccountHasApplication, relationships.AccountHasDevice,
		relationships.AccountHasGroup, relationships.AccountHasUser, relationships.AppleDeviceHasAppleMDM,
		relationships.GroupAssignedApplication, relationships.GroupHasUser, relationships.UserAssignedApplication,
	} {
		rule, f := relationships.Rules()[i], reflect.TypeOf(constructor)
		if got := keys[f.In(0)]; got != rule.From {
			t.Errorf("the constructor of %s takes a key of %q as its source, want %s", rule.Type, got, rule.From)
		}
		if got := keys[f.In(1)]; got != rule.To {
			t.Errorf("the constructor of %s takes a key of %q as its target, want %s", rule.Type, got, rule.To)
		}
	}
}
