package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Page is one page of a list.
type Page[T any] struct {
	// Items are the records, without null ones.
	Items []*T
	// Total is how many records JumpCloud says the whole list has; -1 when it did not say.
	Total int
	// Received is how many records the page held, null and unreadable ones included.
	Received int
	// Skip and Limit say which part of the list was asked for.
	Skip, Limit int

	bad    int      // records that could not be read
	badIDs []string // their ids, as far as they have one
}

// nulls returns how many records of the page are null.
func (p *Page[T]) nulls() int { return p.Received - len(p.Items) - p.bad }

// Record holds what is known of a record besides its fields. Every record has one.
type Record struct {
	unknown []string
	odd     []OddField
	oddRaw  map[string]json.RawMessage
}

// OddFields returns the fields of the record whose values had not the form that JumpCloud documents.
func (r *Record) OddFields() []OddField { return r.odd }

// OddValues returns the values of the fields in which something was odd, as they came, by the names of the record's own
// fields. Those that can hold a credential are not among them.
func (r *Record) OddValues() map[string]json.RawMessage { return r.oddRaw }

func (r *Record) setOdd(fields []OddField, raw map[string]json.RawMessage) {
	r.odd, r.oddRaw = fields, raw
}

// UnknownFields returns the names of the fields that JumpCloud sent and this library does not know, sorted. It is empty
// unless the client was made with [WithUnknownFields].
func (r *Record) UnknownFields() []string { return r.unknown }

func (r *Record) setUnknown(names []string) { r.unknown = names }

// identified is a record with an id.
type identified interface{ recordID() string }

// ListOption changes how a list is read. A nil one is left out.
type ListOption func(*listQuery)

type listQuery struct {
	skip, limit int
	fields      []string
	filters     []string
	onBad       func(*DecodeError) error
	report      *ListReport
}

// Limit sets the size of a page. The default, and the most, is what the endpoint is known to serve.
func Limit(n int) ListOption { return func(q *listQuery) { q.limit = n } }

// Skip leaves out the first n records.
func Skip(n int) ListOption { return func(q *listQuery) { q.skip = n } }

// Fields asks for these fields, and the id, only, which shrinks the answers. Lists that cannot do it ignore it.
func Fields(names ...string) ListOption {
	return func(q *listQuery) { q.fields = append(q.fields, names...) }
}

// wanted returns the fields to ask for; none means all. Walking a list needs the ids.
func (s *source) wanted(q *listQuery) []string {
	id := map[int]string{1: "_id", 2: "id"}[s.version]
	if len(q.fields) == 0 || slices.Contains(q.fields, id) {
		return q.fields
	}
	return append([]string{id}, q.fields...)
}

// Filter leaves out records that do not match an expression in the grammar of the list: field:$op:value for the lists
// of API v1, field:op:value for those of v2. Several filters must all match. Lists of direct edges ignore it.
func Filter(expression string) ListOption {
	return func(q *listQuery) { q.filters = append(q.filters, expression) }
}

// OnBadRecord is asked about each record that cannot be read. When f returns nil the walk goes on without the record;
// an error ends it. Without this option the first such record ends the walk with a [*DecodeError].
func OnBadRecord(f func(*DecodeError) error) ListOption {
	return func(q *listQuery) { q.onBad = f }
}

// ReportTo fills r while a list is read with All or a like method. Read it when the walk has ended.
func ReportTo(r *ListReport) ListOption { return func(q *listQuery) { q.report = r } }

// ListReport says how a list was read.
type ListReport struct {
	// Route names the list: method and template.
	Route string
	// Expected is how many records JumpCloud says there are, as of the last page; -1 when it did not say.
	Expected int
	// Received is how many different records came, unreadable ones included.
	Received int
	// Bad is how many of those could not be read.
	Bad int
	// Duplicates is how many records came more than once.
	Duplicates int
	// Dead is how many records came as null, or are counted in the total of a list of edges and do not exist any more.
	Dead int
	// Reread is how often the list was read again from its start, because it changed while it was read.
	Reread int
	// Pages is how many pages were read.
	Pages int
	// Chained says that each page overlapped the one before, which proves that no record was passed over.
	Chained bool
	// Whole says that the walk came to the true end of the list.
	Whole bool
	// Odd counts the records in which a field had not the form that JumpCloud documents, by the path of the field; see
	// [OddField]. Their other fields are there.
	Odd map[string]OddCount
}

// addOdd counts the odd fields of a record.
func (r *ListReport) addOdd(id string, fields []OddField) {
	for _, f := range fields {
		if r.Odd == nil {
			r.Odd = map[string]OddCount{}
		}
		n := r.Odd[f.Path]
		n.Add(id)
		r.Odd[f.Path] = n
	}
}

func newQuery(options []ListOption) (*listQuery, error) {
	q := &listQuery{}
	for _, o := range options {
		if o != nil {
			o(q)
		}
	}
	if q.limit < 0 || q.skip < 0 {
		return nil, fmt.Errorf("client: %w: limit and skip must not be negative", ErrInvalid)
	}
	return q, nil
}

// pageSize returns how many records to ask for at once.
func (q *listQuery) pageSize(s *source) int {
	if q.limit > 0 {
		return min(s.most, q.limit)
	}
	return s.most
}

// passOver asks the caller whether to go on without a record that cannot be read. The error, if any, ends the list.
func (q *listQuery) passOver(e *DecodeError) error {
	if q.onBad == nil {
		return e
	}
	return q.onBad(e)
}

// source is where the pages of one kind of list come from.
type source struct {
	*route
	params []string
	most   int    // records a page may hold
	body   bool   // the query goes into the body of a POST search
	edges  bool   // unsorted, and dead records shorten the pages
	sort   string // the order to ask for
	extra  url.Values
	others []*route // other lists that hold the same edges together, with the same parameters; none where there are none
	direct bool     // only the direct edges of the other lists belong to this one
}

// values are the query parameters for one page.
func (s *source) values(q *listQuery, skip, limit int) url.Values {
	v := url.Values{"limit": {strconv.Itoa(limit)}, "skip": {strconv.Itoa(skip)}}
	maps.Copy(v, s.extra)
	if s.body {
		return v
	}
	if s.sort != "" {
		v.Set("sort", s.sort)
	}
	if len(q.fields) > 0 && s.sends("fields") {
		// JumpCloud: v1 wants spaces and silently ignores a comma list; v2 wants commas.
		v.Set("fields", strings.Join(s.wanted(q), map[int]string{1: " ", 2: ","}[s.version]))
	}
	if s.sends("filter") {
		if s.version == 1 {
			v["filter"] = q.filters
		} else if len(q.filters) > 0 {
			v.Set("filter", strings.Join(q.filters, ","))
		}
	}
	return v
}

// searchBody is what the POST searches take.
type searchBody struct {
	Fields string   `json:"fields,omitzero"`
	Filter []string `json:"filter,omitzero"`
	Limit  int      `json:"limit"`
	Skip   int      `json:"skip"`
	Sort   string   `json:"sort"`
}

// fetchPage reads one page.
func fetchPage[T any](ctx context.Context, c *Client, s *source, q *listQuery, skip, limit int) (*Page[T], []*DecodeError, error) {
	k := call{route: s.route, params: s.params, values: s.values(q, skip, limit)}
	if s.body {
		k.body = searchBody{Fields: strings.Join(s.wanted(q), " "), Filter: q.filters, Limit: limit, Skip: skip, Sort: s.sort}
	}
	var page *Page[T]
	var bad []*DecodeError
	k.decode = func(r io.Reader, h http.Header) error {
		page = &Page[T]{Skip: skip, Limit: limit, Total: totalOf(h)}
		bad = nil
		return decodePage(c, r, s.route, page, func(e *DecodeError) {
			bad = append(bad, e)
			page.bad++
			if e.ID != "" {
				page.badIDs = append(page.badIDs, e.ID)
			}
		})
	}
	err := c.do(ctx, k)
	if errors.Is(err, emptyBody) && page.Total == 0 {
		return page, nil, nil // JumpCloud: seen for lists without records
	}
	if err != nil {
		return nil, nil, err
	}
	return page, bad, nil
}

// totalOf reads the total from the header in which v2 lists send it.
func totalOf(h http.Header) int {
	if n, err := strconv.Atoi(h.Get("X-Total-Count")); err == nil && n >= 0 {
		return n
	}
	return -1
}

// onePage reads a single page for a caller who walks by hand, from the first source that is not refused.
func onePage[T any](ctx context.Context, c *Client, options []ListOption, sources ...*source) (*Page[T], error) {
	q, err := newQuery(options)
	if err != nil {
		return nil, err
	}
	var page *Page[T]
	var bad []*DecodeError
	for _, s := range sources {
		page, bad, err = fetchPage[T](ctx, c, s, q, q.skip, q.pageSize(s))
		if !refused(err) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	for _, e := range bad {
		if err := q.passOver(e); err != nil {
			return nil, err
		}
	}
	return page, nil
}
