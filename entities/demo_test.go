package entities_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// The demonstration is what people see first, and what the cassettes and goldens are made of. The tests in this file
// make sure that it shows the whole model. The lists of what it cannot show are exact: an entry that is not needed fails.

// neverFilled are the properties that have no value in the demonstration: JumpCloud does not tell them.
var neverFilled = []string{
	"jumpcloud_apple_device fqdn",
	"jumpcloud_apple_device hostname",
	"jumpcloud_apple_device ipv4Addresses",
	"jumpcloud_apple_device ipv6Addresses",
	"jumpcloud_apple_device lastSeenOn",
	"jumpcloud_apple_device privateIpAddresses",
	"jumpcloud_apple_device publicIpAddresses",
	"jumpcloud_device deviceId",
	"jumpcloud_device macAddresses",
	"jumpcloud_device model",
}

// neverSaid are the values of enumerations that no converter can say, with the reason.
var neverSaid = map[string]string{
	"jumpcloud_apple_device osType android":  "Apple's devices do not run it",
	"jumpcloud_apple_device osType chromeos": "Apple's devices do not run it",
	"jumpcloud_apple_device osType embedded": "JumpCloud has no word for it",
	"jumpcloud_apple_device osType legacy":   "JumpCloud has no word for it",
	"jumpcloud_apple_device osType linux":    "Apple's devices do not run it",
	"jumpcloud_apple_device osType other":    "a device that is neither phone nor computer has an unknown system, not another one",
	"jumpcloud_apple_device osType unix":     "Apple's devices do not run it",
	"jumpcloud_apple_device osType windows":  "Apple's devices do not run it",
	"jumpcloud_device osType embedded":       "JumpCloud has no word for it",
	"jumpcloud_device osType legacy":         "JumpCloud has no word for it",
	"jumpcloud_device osType unix":           "JumpCloud names the system, such as FreeBSD, and not whether it is a Unix",
}

func TestDemo_EveryPropertyHasAValueSomewhere(t *testing.T) {
	t.Parallel()
	var empty []string
	for _, k := range demoKinds() {
		filled := map[string]bool{}
		for _, properties := range k.demoTexts(t) {
			for name, text := range properties {
				filled[name] = filled[name] || text != "null"
			}
		}
		for _, p := range k.properties() {
			if !filled[p.name] {
				empty = append(empty, k.typ+" "+p.name)
			}
		}
	}
	slices.Sort(empty)
	if diff := cmp.Diff(neverFilled, empty); diff != "" {
		t.Errorf("properties without a value in the demonstration (-listed +got):\n%s", diff)
	}
}

func TestDemo_EveryBooleanIsSeenTrueAndFalse(t *testing.T) {
	t.Parallel()
	for _, k := range demoKinds() {
		all := k.demoTexts(t)
		for _, p := range k.properties() {
			of := p.field.Type
			if of.Kind() == reflect.Pointer {
				of = of.Elem()
			}
			if of.Kind() != reflect.Bool {
				continue
			}
			seen := map[string]bool{}
			for _, properties := range all {
				seen[properties[p.name]] = true
			}
			for _, value := range []string{"true", "false"} {
				if !seen[value] {
					t.Errorf("%s %s is never %s", k.typ, p.name, value)
				}
			}
		}
	}
}

func TestDemo_EveryValueOfAnEnumerationIsSeen(t *testing.T) {
	t.Parallel()
	var unseen []string
	for _, k := range demoKinds() {
		parts, _ := k.schema(t)
		all := k.demoTexts(t)
		for _, p := range k.properties() {
			seen := map[string]bool{}
			for _, properties := range all {
				seen[properties[p.name]] = true
			}
			for _, part := range parts[p.name] {
				values := part.Enum
				if part.Const != nil {
					values = append(values, part.Const)
				}
				for _, v := range values {
					if v != nil && !seen[show(v)] {
						unseen = append(unseen, fmt.Sprintf("%s %s %v", k.typ, p.name, v))
					}
				}
			}
		}
	}
	slices.Sort(unseen)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(neverSaid)), slices.Compact(unseen)); diff != "" {
		t.Errorf("values of enumerations that the demonstration does not have (-listed +got):\n%s", diff)
	}
}

// TestDemo_AddressesComeInNumbers makes sure that lists of addresses are not always of one element.
func TestDemo_AddressesComeInNumbers(t *testing.T) {
	t.Parallel()
	longest := map[string]int{}
	for _, e := range kindNamed("jumpcloud_device").demoEntities(t, entities.Converter{}) {
		d := e.(*entities.Device)
		for name, list := range map[string][]string{"ipv4Addresses": d.IPv4Addresses, "publicIpAddresses": d.PublicIPAddresses} {
			longest[name] = max(longest[name], len(list))
		}
	}
	for name, n := range longest {
		if n < 2 {
			t.Errorf("no device of the demonstration has more than one of its %s", name)
		}
	}
}

func TestDemo_EveryEntityPassesItsSchema(t *testing.T) {
	t.Parallel()
	for _, k := range demoKinds() {
		for _, raw := range []bool{false, true} {
			for _, e := range k.demoEntities(t, entities.Converter{Raw: raw}) {
				if err := schemas.Validate(e); err != nil {
					t.Errorf("%s %s, raw %t: %v", k.typ, e.Header().Key, raw, err)
				}
			}
		}
	}
}

// TestDemo_DeprecatedPropertiesHaveTheValueOfTheirReplacement looks at every pair that the schemas know.
func TestDemo_DeprecatedPropertiesHaveTheValueOfTheirReplacement(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for _, k := range demoKinds() {
		_, pairs := k.schema(t)
		for old, now := range pairs {
			equal := 0
			for _, properties := range k.demoTexts(t) {
				a, hasOld := properties[old]
				b, hasNow := properties[now]
				if hasOld != hasNow || a != b {
					t.Errorf("%s %s: %s is %q (there: %t), %s is %q (there: %t)", k.typ, properties["_key"], old, a, hasOld, now, b, hasNow)
				}
				if hasOld {
					equal++
				}
			}
			if equal == 0 {
				t.Errorf("%s: no entity of the demonstration has %s", k.typ, old)
			}
			got[k.typ+" "+old] = now
		}
	}
	want := map[string]string{
		"jumpcloud_user mfaExclusionUntil":     "mfaExclusionEndOn",
		"jumpcloud_user active":                "isActive",
		"jumpcloud_user mfaEnabled":            "isMfaEnabled",
		"jumpcloud_apple_device depRegistered": "isDepRegistered",
		"jumpcloud_apple_device enrolled":      "isEnrolled",
		"jumpcloud_apple_device createdAt":     "createdOn",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("deprecated properties and their replacements (-want +got):\n%s", diff)
	}
}

// TestDemo_StoredEntitiesCanBeReadBack reads the JSON of every entity into its struct and writes it again.
func TestDemo_StoredEntitiesCanBeReadBack(t *testing.T) {
	t.Parallel()
	for _, k := range demoKinds() {
		for _, e := range k.demoEntities(t, entities.Converter{Raw: true}) {
			stored := encode(t, e)
			again := reflect.New(k.entity).Interface()
			if err := json.Unmarshal(stored, again); err != nil {
				t.Errorf("%s: %v", k.typ, err)
				continue
			}
			if diff := cmp.Diff(string(stored), string(encode(t, again))); diff != "" {
				t.Errorf("%s changed when it was read and written again (-stored +again):\n%s", k.typ, diff)
			}
		}
	}
}
