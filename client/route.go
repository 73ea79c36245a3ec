package client

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// route is one operation of the API. All that the client can send is declared as a route.
type route struct {
	method   string
	version  int    // 1 or 2
	template string // path below the version's root, parameters in braces
	query    string // names of the query parameters that the client may send, space separated
	repeat   bool   // repeating the request changes nothing
	noOrg    bool   // refuses x-org-id
	bare     bool   // answers with an array although it is of API v1
	wrapped  bool   // answers with an object that holds the list although it is of API v2
}

// routes are all operations, for the tests that compare them with the official description.
var routes []*route

func register(r route) *route {
	routes = append(routes, &r)
	return &r
}

// array reports that the answer is an array without an envelope.
func (r *route) array() bool { return r.version == 2 && !r.wrapped || r.bare }

// name is how errors and logs call the route.
func (r *route) name() string { return r.method + " " + r.path() }

// path is the template below the host.
func (r *route) path() string {
	if r.version == 2 {
		return "/api/v2" + r.template
	}
	return "/api" + r.template
}

// wrap names the route in an error.
func (r *route) wrap(err error) error { return fmt.Errorf("client: %s: %w", r.name(), err) }

// sends reports that the client may send a query parameter on the route.
func (r *route) sends(parameter string) bool {
	return slices.Contains(strings.Fields(r.query), parameter)
}

// errBadID says that a path parameter cannot be part of a path.
var errBadID = fmt.Errorf("client: %w: an id must not be empty, a dot or two dots", ErrInvalid)

// fill puts the parameters into the template, in order, each escaped.
func (r *route) fill(params []string) (string, error) {
	var b strings.Builder
	for segment := range strings.SplitSeq(r.path()[1:], "/") {
		b.WriteByte('/')
		if !strings.HasPrefix(segment, "{") {
			b.WriteString(segment)
			continue
		}
		if len(params) == 0 {
			return "", fmt.Errorf("client: %s: no value for %s", r.name(), segment)
		}
		if p := params[0]; p == "" || p == "." || p == ".." {
			return "", fmt.Errorf("%w (%s of %s)", errBadID, segment, r.name())
		}
		b.WriteString(url.PathEscape(params[0]))
		params = params[1:]
	}
	return b.String(), nil
}
