// Package jupiterone hands a graph to JupiterOne: as the directory that the tools of its integrations read, or through
// its synchronization API.
//
// [NewDirectory] writes what JupiterOne's j1-integration reads, so that its commands visualize and sync work on it.
// [NewUpload] needs no such tool. Both give the entities the tags of [WithTag] and, with [WithEmployees], add the
// edges to the people that the users are. JupiterOne deletes what an upload does not hold any more; types that were not
// read, or not to the end, are named to it as partial, and nothing of them is deleted.
package jupiterone

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/entities"
	"github.com/jumpgraph/jumpgraph/internal/jsontext"
	"github.com/jumpgraph/jumpgraph/relationships"
	"github.com/jumpgraph/jumpgraph/schemas"
)

// Option changes what is handed to JupiterOne.
type Option func(*settings)

// WithTag gives every entity the property tag.<name>, as JupiterOne does with the tags of an integration instance, such
// as AccountName or Production. The value is a boolean when it reads true or false in any case, a number when it has only
// digits, with or without a point between them, and text otherwise. Digits that no JSON number holds exactly stay text.
// Of two tags of one name the later wins.
//
// A name has letters, digits, dots, spaces and hyphens; a value is not empty. Anything else is a usage error of Begin,
// before the first request.
func WithTag(name, value string) Option {
	return func(s *settings) { s.tags[name] = value }
}

// WithEmployees adds the edges of [relationships.UserIsEmployee]: JupiterOne looks for a person with the e-mail address
// of the user, and makes one when there is none. Leave it out where JupiterOne maps users to people by itself.
func WithEmployees() Option { return func(s *settings) { s.employees = true } }

// settings are the options of a sink, and the encoder that applies them.
type settings struct {
	tags      map[string]string
	employees bool
	limit     int // bytes of a batch

	tagged []byte // the tags as they stand before the last brace of an entity
	enc    jsontext.Encoder
}

func settingsOf(options []Option) settings {
	s := settings{tags: map[string]string{}, limit: maxBatch}
	for _, o := range options {
		if o != nil {
			o(&s)
		}
	}
	return s
}

var tagName = regexp.MustCompile(`^[A-Za-z0-9. -]+$`)

// check refuses what JupiterOne would, and encodes the tags.
func (s *settings) check() error {
	s.tagged = nil
	for _, name := range slices.Sorted(maps.Keys(s.tags)) {
		if !tagName.MatchString(name) {
			return fmt.Errorf("%w: the tag %q: a name has letters, digits, dots, spaces and hyphens only", jumpgraph.ErrUsage, name)
		}
		if strings.TrimSpace(s.tags[name]) == "" {
			return fmt.Errorf("%w: the tag %q has no value", jumpgraph.ErrUsage, name)
		}
		value, err := s.enc.Encode(tagValue(s.tags[name]))
		if err != nil {
			return fmt.Errorf("jupiterone: the tag %q: %w", name, err)
		}
		s.tagged = append(s.tagged, `,"tag.`+name+`":`...)
		s.tagged = append(s.tagged, value...)
	}
	return nil
}

var (
	whole   = regexp.MustCompile(`^[0-9]+$`)
	decimal = regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
)

// maxExact is the largest whole number up to which JavaScript has all.
const maxExact = 1<<53 - 1

// tagValue is the value of a tag in JupiterOne's types.
func tagValue(text string) any {
	switch lower := strings.ToLower(text); {
	case lower == "true", lower == "false":
		return lower == "true"
	case whole.MatchString(text):
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n <= maxExact {
			return n
		}
	case decimal.MatchString(text):
		if f, err := strconv.ParseFloat(text, 64); err == nil && f <= maxExact {
			return f
		}
	}
	return text
}

// kind is how JupiterOne calls the two halves of a graph, in files and in routes.
type kind string

const (
	entityKind       kind = "entities"
	relationshipKind kind = "relationships"
)

// employeeType is the type of the edges of [WithEmployees], which the schemas do not know.
const employeeType = "mapping_source_is_employee"

// object is an entity or a relationship as JupiterOne takes it. The text is valid until the next one.
type object struct {
	kind kind
	typ  string
	text []byte
}

// entities hands on a batch of entities, and the edges that follow from them.
func (s *settings) entities(batch []entities.Entity, take func(object) error) error {
	for _, e := range batch {
		text, err := s.enc.Encode(e)
		if err != nil {
			return err
		}
		text = append(append(text[:len(text)-1], s.tagged...), '}')
		if err := take(object{entityKind, e.Header().Type, text}); err != nil {
			return err
		}
		u, ok := e.(*entities.User)
		if !ok || !s.employees {
			continue
		}
		edge, ok := relationships.UserIsEmployee(u)
		if !ok {
			continue
		}
		if text, err = s.enc.Encode(&edge); err != nil {
			return err
		}
		if err := take(object{relationshipKind, edge.Type, text}); err != nil {
			return err
		}
	}
	return nil
}

// relationships hands on a batch of relationships.
func (s *settings) relationships(batch []relationships.Relationship, take func(object) error) error {
	for i := range batch {
		text, err := s.enc.Encode(&batch[i])
		if err != nil {
			return err
		}
		if err := take(object{relationshipKind, batch[i].Type, text}); err != nil {
			return err
		}
	}
	return nil
}

// types returns the types that are handed on, in the order of the schemas.
func (s *settings) types() []string {
	types := schemas.Types()
	if s.employees {
		types = append(types, employeeType)
	}
	return types
}

// partial returns the types of which something may be missing: JupiterOne must not delete anything of them. Those of layers that
// were not chosen are among them: an earlier upload may have had them, and this run did not look whether they are still there.
func (s *settings) partial(m *jumpgraph.Manifest) []string {
	return slices.DeleteFunc(s.types(), func(typ string) bool { return !missing(m, typ) })
}

// partialOfSteps returns the types of which something may be missing and that a step of the run is about.
func (s *settings) partialOfSteps(m *jumpgraph.Manifest) []string {
	return slices.DeleteFunc(s.partial(m), func(typ string) bool {
		return len(m.Organizations) > 0 && !m.Asked(typ) && typ != employeeType
	})
}

// missing reports that a run may not hold all of a type. A manifest without organizations proves nothing.
func missing(m *jumpgraph.Manifest, typ string) bool {
	if typ == employeeType {
		typ = "jumpcloud_user"
	}
	return len(m.Organizations) == 0 || m.Missing(typ) != ""
}

// collectionOf returns the collection that a type comes from.
func collectionOf(typ string) string {
	if typ == employeeType {
		typ = "jumpcloud_user"
	}
	name, _ := jumpgraph.CollectionOf(typ) // every type of the schemas has one
	return name
}
