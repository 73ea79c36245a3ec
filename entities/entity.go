// Package entities holds the nodes of the graph and makes them from JumpCloud's objects.
//
// The structs are the data model. Each of their fields is a property; schemas, documentation and generated code follow
// from them:
//
//   - json is the name of the property. Without omitzero it is required; a pointer or a slice without omitzero is
//     required and may be null; a [Null] is always null.
//   - jc lists the fields of JumpCloud's object that the property is made from, in dotted form.
//   - class names the JupiterOne class from which the property is inherited; without it the property is the entity's
//     own. Inherited properties without a comment are described by their class.
//   - A comment that begins with Deprecated: Use x instead makes the property deprecated and ties it to x: both are
//     there, with the same value, or neither is.
//   - A named string type with constants is an enumeration; with a single constant it is a fixed value.
//
// A [Converter] turns an object of package client into an entity. It is pure: the same object gives the same bytes. It
// does no I/O. A nil object is an error. What JumpCloud did not say stays unknown: an optional property is left out, a
// nullable one is null. Only where the model demands a boolean that did not come, the property is false and named by
// [Meta.Assumed]. [Meta.Unknown] names these, and the properties that are missing because a value could not be read.
package entities

import (
	"encoding/json"
	"reflect"
	"slices"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities/class"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
)

// Millis is a point in time: milliseconds since 1970-01-01 UTC.
type Millis = class.Millis

// Entity is one of the nodes: *[Account], *[User], *[Group], *[Application], *[AppleMDM], *[AppleDevice] or
// *[Device], or of the layer governance *[Administrator], *[Role], *[ServiceAccount], *[AuthnPolicy], *[IPList],
// *[Directory], *[RADIUSServer], *[OrganizationSettings], *[PasswordPolicy], *[SSHKey] or *[MFAFactor].
type Entity interface {
	// Header returns what all entities have in common.
	Header() *Meta
	entity()
}

// Meta is what all entities have in common.
type Meta struct {
	// Key identifies the entity within one account.
	Key string `json:"_key"`
	// Type is the kind of the entity.
	Type string `json:"_type"`
	// Class lists the JupiterOne classes of the entity.
	Class []string `json:"_class"`
	// RawData holds what JumpCloud sent, when it was asked for.
	RawData []RawData `json:"_rawData,omitzero"`

	assumed []string
	lost    []string // properties that are unknown because JumpCloud's value could not be read
	odd     []client.OddField
}

// Header returns the meta data itself.
func (m *Meta) Header() *Meta { return m }

// Assumed returns the names of the required booleans that JumpCloud did not send and that are therefore false. Nothing
// may be concluded from them.
func (m *Meta) Assumed() []string { return m.assumed }

// Odd returns the fields of JumpCloud's object whose values had not the form that JumpCloud documents, or no meaning that is
// known. The entity is made of the others.
func (m *Meta) Odd() []client.OddField { return m.odd }

// Unknown returns the names of the properties of which nothing may be concluded, sorted: those that are assumed, and those
// that are missing because JumpCloud's value could not be read.
func (m *Meta) Unknown() []string {
	all := slices.Concat(m.assumed, m.lost)
	slices.Sort(all)
	return slices.Compact(all)
}

// SetUnknown tells an entity that was read from a stored result what [Meta.Unknown] has said before it was stored.
func (m *Meta) SetUnknown(properties []string) {
	m.assumed, m.lost = nil, nil
	for _, p := range properties {
		if demandedOf(m.Type)[p] {
			m.assumed = append(m.assumed, p)
		} else {
			m.lost = append(m.lost, p)
		}
	}
}

func (*Meta) entity() {}

// appendTo adds what all entities have in common to dst, as the beginning of an object. Raw data is not among it.
func (m *Meta) appendTo(dst []byte) []byte {
	dst = jsontext.AppendString(append(dst, `{"_key":`...), m.Key)
	dst = jsontext.AppendString(append(dst, `,"_type":`...), m.Type)
	return jsontext.AppendStrings(append(dst, `,"_class":`...), m.Class)
}

// RawData is an object as JumpCloud sent it, without the fields that hold credentials.
type RawData struct {
	// Name tells the raw objects of one entity apart.
	Name string `json:"name"`
	// RawData is the object. The names of fields that this library does not know stand in _unknownFields.
	RawData json.RawMessage `json:"rawData"`
}

// Null is a property that is always null, because JumpCloud has no field for it but the class demands it.
type Null struct{}

// MarshalJSON writes null.
func (Null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// UnmarshalJSON accepts null and forgets everything else: what is judged is the stored text, by its schema.
func (*Null) UnmarshalJSON([]byte) error { return nil }

// The keys of the entities are JumpCloud's ids as they stand. Each kind has its own type, so that an edge cannot be
// drawn between the wrong ends.
type (
	// AccountKey is the key of an [Account].
	AccountKey string
	// UserKey is the key of a [User].
	UserKey string
	// GroupKey is the key of a [Group].
	GroupKey string
	// ApplicationKey is the key of an [Application].
	ApplicationKey string
	// AppleMDMKey is the key of an [AppleMDM].
	AppleMDMKey string
	// AppleDeviceKey is the key of an [AppleDevice].
	AppleDeviceKey string
	// DeviceKey is the key of a [Device].
	DeviceKey string
)

// Model says of an entity type what its struct does not.
type Model struct {
	// Type is the _type of the entities.
	Type string
	// Resource is the kind of thing in words.
	Resource string
	// Classes are the JupiterOne classes.
	Classes []string
	// Struct is the Go type of the entities.
	Struct reflect.Type
	// Layer is the part of the data model beyond the core that the type belongs to; empty for the core.
	Layer string

	place int
}

var models []*Model

// register adds an entity type to the model. The place is that of its section in the documentation.
func register[T any](place int, typ, resource string, classes ...string) *Model {
	m := &Model{Type: typ, Resource: resource, Classes: classes, Struct: reflect.TypeFor[T](), place: place}
	models = append(models, m)
	return m
}

// Models returns the entity types in the order of the documentation. The result is the caller's own.
func Models() []Model {
	all := make([]Model, 0, len(models))
	for _, m := range models {
		c := *m
		c.Classes = slices.Clone(m.Classes)
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b Model) int { return a.place - b.place })
	return all
}
