package client

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// part says what is kept of a JSON value whose members JumpCloud does not describe in full, so that no credential can
// lie in what is kept: the members that are known, in the form in which they came, and the names of all others.
type part struct {
	// scalar says which texts, numbers and booleans are kept; nil where an object belongs.
	scalar func(json.RawMessage) bool
	// members are the known members of an object. An array of such objects is read, too.
	members map[string]*part
	// open says whether a member may be kept, from the object's members; nil where all known ones may.
	open func(name string, object map[string]json.RawMessage) bool
}

// unknownName is the member that holds the names of the members whose values are not kept.
const unknownName = "_unknownFields"

// keep returns what is kept of a value. It is not ok when that is nothing.
func (p *part) keep(value json.RawMessage) (kept json.RawMessage, ok bool) {
	value = bytes.TrimSpace(value)
	switch {
	case string(value) == "null":
		return value, true
	case p.scalar != nil:
		return value, p.scalar(value)
	case len(value) > 0 && value[0] == '{':
		return p.object(value), true
	case len(value) > 0 && value[0] == '[':
		return p.array(value), true
	}
	return nil, false
}

// array keeps the objects of an array, and null.
func (p *part) array(value json.RawMessage) json.RawMessage {
	var elements []json.RawMessage
	_ = json.Unmarshal(value, &elements)
	elements = slices.DeleteFunc(elements, func(e json.RawMessage) bool { return e[0] != '{' && e[0] != 'n' })
	out := []byte{'['}
	for i, e := range elements {
		if i > 0 {
			out = append(out, ',')
		}
		kept, _ := p.keep(e)
		out = append(out, kept...)
	}
	return append(out, ']')
}

// object keeps the known members of an object, in their order, and the names of the others. Of a member that comes more
// than once the last value counts.
func (p *part) object(value json.RawMessage) json.RawMessage {
	names, members := membersOf(value)
	out := []byte{'{'}
	add := func(name string, value []byte) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(strconv.AppendQuote(out, name), ':'), value...)
	}
	var others []string
	for _, name := range names {
		if kept, ok := p.member(name, members); ok {
			add(name, kept)
		} else {
			others = append(others, name)
		}
	}
	if len(others) > 0 {
		slices.Sort(others)
		text, _ := json.Marshal(others) // texts can always be written
		add(unknownName, text)
	}
	return append(out, '}')
}

// member returns what is kept of one member of an object.
func (p *part) member(name string, members map[string]json.RawMessage) (kept json.RawMessage, ok bool) {
	known := p.members[name]
	if known == nil || p.open != nil && !p.open(name, members) {
		return nil, false
	}
	return known.keep(members[name])
}

// membersOf returns the names in an object, each once and in their order, and their values.
func membersOf(object json.RawMessage) (names []string, members map[string]json.RawMessage) {
	members = map[string]json.RawMessage{}
	dec := json.NewDecoder(bytes.NewReader(object))
	_, _ = dec.Token() // the object was read before, so it is well formed
	for dec.More() {
		token, err := dec.Token()
		name, ok := token.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			break
		}
		if _, again := members[name]; !again {
			names = append(names, name)
		}
		members[name] = value
	}
	return names, members
}

// The scalars that are kept.
var (
	textPart    = &part{scalar: isScalar}
	numberPart  = &part{scalar: isNumber}
	booleanPart = &part{scalar: isBoolean}
)

func isScalar(v json.RawMessage) bool { return v[0] != '{' && v[0] != '[' }

func isNumber(v json.RawMessage) bool {
	_, err := strconv.ParseFloat(unquoted(v), 64)
	return isScalar(v) && (err == nil || string(v) == `""`)
}

func isBoolean(v json.RawMessage) bool {
	text := strings.ToLower(unquoted(v))
	return text == "true" || text == "false" || text == ""
}

// attributesPart are the attributes of groups.
var attributesPart = &part{members: map[string]*part{
	"sudo":         {members: map[string]*part{"enabled": booleanPart, "withoutPassword": booleanPart}},
	"ldapGroups":   {members: map[string]*part{"name": textPart}},
	"posixGroups":  {members: map[string]*part{"id": numberPart, "name": textPart}},
	"radius":       {members: map[string]*part{"reply": {members: map[string]*part{"name": textPart, "value": textPart}, open: openReply}}},
	"sambaEnabled": booleanPart,
}}

// openReply keeps the value of a RADIUS attribute that is known to hold no credential.
func openReply(name string, reply map[string]json.RawMessage) bool {
	if name != "value" {
		return true
	}
	attribute := strings.ToLower(textOf(reply["name"]))
	if base, tag, ok := strings.Cut(attribute, ":"); ok { // the tag of a tunnel, as in Tunnel-Type:1
		if _, err := strconv.ParseUint(tag, 10, 8); err == nil {
			attribute = base
		}
	}
	return plainReplies[attribute]
}

// plainReplies are the RADIUS attributes of an answer that hold no credential, in small letters: services, addresses,
// limits and networks. Those of RFC 2865 that hold free or opaque text are left out (Reply-Message, State, Class,
// Vendor-Specific), as well as all that name or prove somebody (Callback-Number, Tunnel-Client-Auth-ID) and whatever holds
// a password or a key (Tunnel-Password, MS-MPPE-Send-Key).
var plainReplies = map[string]bool{
	// RFC 2865
	"service-type": true, "framed-protocol": true, "framed-ip-address": true, "framed-ip-netmask": true, "framed-routing": true,
	"filter-id": true, "framed-mtu": true, "framed-compression": true, "login-ip-host": true, "login-service": true,
	"login-tcp-port": true, "framed-route": true, "session-timeout": true, "idle-timeout": true, "termination-action": true,
	"port-limit": true,
	// RFC 2868, used for VLANs as RFC 3580 says
	"tunnel-type": true, "tunnel-medium-type": true, "tunnel-client-endpoint": true, "tunnel-server-endpoint": true,
	"tunnel-private-group-id": true, "tunnel-assignment-id": true, "tunnel-preference": true,
	// RFC 2869
	"acct-interim-interval": true, "framed-pool": true,
	// RFC 3162
	"framed-interface-id": true, "framed-ipv6-prefix": true, "framed-ipv6-route": true, "framed-ipv6-pool": true, "login-ipv6-host": true,
	// RFC 4675
	"egress-vlanid": true, "ingress-filters": true, "egress-vlan-name": true, "user-priority-table": true,
}

// queryPart are member queries.
var queryPart = &part{members: map[string]*part{
	"queryType": textPart,
	"filters": {
		members: map[string]*part{"field": textPart, "operator": textPart, "value": {scalar: isScalarOrList}},
		open: func(name string, filter map[string]json.RawMessage) bool {
			field, _, _ := strings.Cut(textOf(filter["field"]), ".")
			return name != "value" || plainFields()[field]
		},
	},
}}

// isScalarOrList takes an array of scalars, too.
func isScalarOrList(v json.RawMessage) bool {
	if v[0] != '[' {
		return isScalar(v)
	}
	var list []json.RawMessage
	return json.Unmarshal(v, &list) == nil && !slices.ContainsFunc(list, func(e json.RawMessage) bool { return !isScalar(e) })
}

// plainFields are the fields of users and systems that are known and hold no credential: queries may compare with them.
var plainFields = sync.OnceValue(func() map[string]bool {
	plain := map[string]bool{}
	for _, of := range []reflect.Type{reflect.TypeFor[SystemUser](), reflect.TypeFor[System]()} {
		for f := range of.Fields() {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if name != "" && f.Type != reflect.TypeFor[Secret]() {
				plain[name] = true
			}
		}
	}
	return plain
})

// textOf returns a JSON text, and the empty text for all else.
func textOf(v json.RawMessage) string {
	var s string
	_ = json.Unmarshal(v, &s)
	return s
}

// keepPart returns what is kept of a field; nil for null and where nothing is.
func keepPart(p *part, data []byte) json.RawMessage {
	kept, ok := p.keep(data)
	if !ok || string(kept) == "null" {
		return nil
	}
	return kept
}

// writePart writes what is kept of a field, or null.
func writePart(kept json.RawMessage) ([]byte, error) {
	if kept == nil {
		return []byte("null"), nil
	}
	return kept, nil
}
