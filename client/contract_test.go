package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// The contract: what the client sends and reads, and what the fake answers, against JumpCloud's official API
// descriptions. Where the descriptions and the facts differ, the difference stands on one of the lists below with its
// reason. The lists are exact: what is on them and not needed any more is an error, too.

// undescribedRequests are routes, parameters and headers that the client sends and the descriptions do not know, as the
// name of the route, or that name and the parameter.
var undescribedRequests = map[string]string{
	"GET /api/commands/{id}/results x-org-id": orgEverywhere,
	"GET /api/users":                "the list of administrators: only PUT of a single one is described; JumpCloud's own command line tool and others read it",
	"POST /api/runCommand x-org-id": orgEverywhere,
}

// Reasons that several differences share.
const (
	twinID     = "not described; JumpCloud writes ids as _id, as id or as both, not always as described, so that both are read"
	pagedBody  = "not described in the body; JumpCloud's own command line tool sends it there"
	tokenState = "described as an object that holds the expiry and the error, without names; which names it has is not known"
	unset      = "described as never null; null where nothing is set"

	orgEverywhere = "not described here, but for all other routes of commands; an administrator of several organizations must name one"
	searchFilter  = "described as an object, although its examples are arrays; JumpCloud's own command line tool fills them with strings in the grammar of the lists"
)

// undescribedBodies are where the bodies that are sent do not fit the descriptions.
var undescribedBodies = map[string]string{
	"searchBody.filter: type":       searchFilter,
	"searchBody.limit: undescribed": pagedBody,
	"searchBody.skip: undescribed":  pagedBody,
	"searchBody.sort: undescribed":  pagedBody,
}

// undescribedFields are fields of wire structs that the descriptions do not know, or know with another type.
var undescribedFields = map[string]string{
	"ActiveDirectory._id":                       twinID,
	"AppleMDM._id":                              twinID,
	"AppleMDMDevice._id":                        twinID,
	"AppleMDMDevice.appleMdmId":                 "not described; seen in recordings of real answers",
	"Application.id":                            twinID,
	"Attribute._id":                             "not described; custom attributes carry an id in some answers",
	"AuthnPolicy._id":                           twinID,
	"Command.id":                                twinID,
	"CommandResult.exitCode":                    "described for the list of all results only, which the client does not ask for; read wherever it stands",
	"CommandResult.id":                          twinID,
	"DeviceInformation.isActivationLockEnabled": "neither described nor seen; Apple's own name for the property, in case JumpCloud passes it on",
	"Directory._id":                             twinID,
	"FeatureSwitch.createdAt":                   "described for directoryInsightsPremium only; the struct serves directoryInsights as well",
	"FeatureSwitch.updatedAt":                   "described for directoryInsightsPremium only; the struct serves directoryInsights as well",
	"IPList._id":                                twinID,
	"OAuthStatus.error":                         tokenState,
	"OAuthStatus.expiry":                        tokenState,
	"OAuthStatus.isValid":                       tokenState,
	"OAuthStatus.message":                       tokenState,
	"Organization.id":                           twinID,
	"RADIUSServer.id":                           twinID,
	"Role._id":                                  twinID,
	"searchBody.filter":                         searchFilter,
	"searchBody.limit":                          pagedBody,
	"searchBody.skip":                           pagedBody,
	"searchBody.sort":                           pagedBody,
	"System.id":                                 twinID,
	"System.secureLoginEnabled":                 "not described; what older answers have instead of secureLogin.enabled",
	"System.systemToken":                        "not described; seen in a real answer of 2020, and a credential, so that it must be known to be dropped",
	"ServiceAccountRecord.id":                   twinID,
	"SystemGroup._id":                           twinID,
	"SystemUser.id":                             twinID,
	"SystemUser.systemUsername":                 "not described; JumpCloud's own PowerShell module reads it from answers",
	"UserGroup._id":                             twinID,
	"UserGroup.created":                         "not described and not sent today; the data model has a property for it",
	"Workday._id":                               twinID,
}

// quirks are where answers of the fake do not fit the descriptions, because real answers do not either.
var quirks = map[string]string{
	"AppleMDMDevice.appleMdmId: undescribed": "seen in recordings of real answers",
	"Application.config: missing":            "described as required, and as needed for SAML only; other applications have none",
	"Application.ssoUrl: missing":            "described as required; OIDC applications have none",
	"Command._id: undescribed":               "described for the lists only; real single answers have it",
	"Organization.created: undescribed":      "described for the single answer only; seen in recordings of real lists",
	"Organization.id: undescribed":           "seen beside _id in recordings of real lists",
	"System.id: undescribed":                 "seen in a real answer of 2020, beside _id",
	"System.lastContact: format":             "described as a time or null; empty for a system that was never seen: JumpCloud's own scripts ask for that",
	"System.mdm: null":                       unset,
	"System.networkInterfaces[]: null":       "null elements were met in other lists of real answers; no list of records may trip over one",
	"System.systemToken: undescribed":        "seen in a real answer of 2020; a credential that must not reach anything",
	"SystemUser.alternateEmail: null":        unset,
	"SystemUser.company: null":               unset,
	"SystemUser.department: null":            unset,
	"SystemUser.displayname: null":           unset,
	"SystemUser.firstname: null":             unset,
	"SystemUser.id: undescribed":             "users carry it beside _id in real answers: JumpCloud's own PowerShell module reads it",
	"SystemUser.lastname: null":              unset,
	"SystemUser.location: null":              unset,
	"SystemUser.manager: null":               unset,
	"SystemUser.systemUsername: undescribed": "JumpCloud's own PowerShell module reads it from answers",
	"UserGroup.created: undescribed":         "not sent today; the data model has a property for it, and the demonstration shows every property",
}

// wire are the structs into which the answers of the routes are read.
var wire = map[*route]reflect.Type{
	getSystemUser:       reflect.TypeFor[SystemUser](),
	listSystemUsers:     reflect.TypeFor[SystemUser](),
	searchSystemUsers:   reflect.TypeFor[SystemUser](),
	getSystem:           reflect.TypeFor[System](),
	listSystems:         reflect.TypeFor[System](),
	searchSystems:       reflect.TypeFor[System](),
	getApplication:      reflect.TypeFor[Application](),
	listApplications:    reflect.TypeFor[Application](),
	getOrganization:     reflect.TypeFor[Organization](),
	listOrganizations:   reflect.TypeFor[Organization](),
	getUserGroup:        reflect.TypeFor[UserGroup](),
	listUserGroups:      reflect.TypeFor[UserGroup](),
	listAppleMDMs:       reflect.TypeFor[AppleMDM](),
	listAppleMDMDevices: reflect.TypeFor[AppleMDMDevice](),
	getAppleMDMDevice:   reflect.TypeFor[AppleMDMDevice](),
	getSystemGroup:      reflect.TypeFor[SystemGroup](),
	listSystemGroups:    reflect.TypeFor[SystemGroup](),
	getCommand:          reflect.TypeFor[Command](),
	listCommands:        reflect.TypeFor[Command](),
	createCommand:       reflect.TypeFor[Command](),
	updateCommand:       reflect.TypeFor[Command](),
	deleteCommand:       reflect.TypeFor[Command](),
	commandResults:      reflect.TypeFor[CommandResult](),
	getCommandResult:    reflect.TypeFor[CommandResult](),
	runCommand:          reflect.TypeFor[CommandRun](),
	triggerCommand:      nameless,

	listProviderOrganizations: reflect.TypeFor[ProviderOrganization](),
	listAdministrators:        reflect.TypeFor[Administrator](),
	listAdministratorLinks:    reflect.TypeFor[AdministratorLink](),
	listRoles:                 reflect.TypeFor[Role](),
	listServiceAccounts:       reflect.TypeFor[ServiceAccountRecord](),
	listAuthnPolicies:         reflect.TypeFor[AuthnPolicy](),
	listIPLists:               reflect.TypeFor[IPList](),
	listDirectories:           reflect.TypeFor[Directory](),
	listActiveDirectories:     reflect.TypeFor[ActiveDirectory](),
	listWorkdays:              reflect.TypeFor[Workday](),
	listRADIUSServers:         reflect.TypeFor[RADIUSServer](),
}

// nameless stands for structs that have no name; what is sent or read with them is looked at instead.
var nameless = reflect.TypeFor[map[string]any]()

// wireOf returns the struct into which the answers of a route are read; nil when it answers with nothing.
func wireOf(r *route) (record reflect.Type, known bool) {
	direct, reached := edgeRoutes()
	if slices.Contains(slices.Concat(direct, reached), r) {
		return reflect.TypeFor[Edge](), true
	}
	if record, known = wire[r]; !known {
		known = bodyOf(r) == reflect.TypeFor[graphOperation]()
	}
	return record, known
}

// edgeRoutes returns the lists of the graph in their two forms: direct edges and reachable objects.
func edgeRoutes() (direct, reached []*route) {
	direct = []*route{userGroupMembers, systemGroupMembers}
	reached = []*route{userGroupMembership, systemGroupMembership}
	for _, kind := range slices.Sorted(maps.Keys(graph)) {
		direct = append(direct, graph[kind].associations)
		reached = slices.AppendSeq(reached, maps.Values(graph[kind].reaches))
	}
	return direct, reached
}

// bodies are the structs that the routes send.
var bodies = map[*route]reflect.Type{
	searchSystemUsers: reflect.TypeFor[searchBody](),
	searchSystems:     reflect.TypeFor[searchBody](),
	createCommand:     reflect.TypeFor[Command](),
	updateCommand:     reflect.TypeFor[Command](),
	triggerCommand:    nameless,
	runCommand:        nameless,
}

// bodyOf returns the struct that a route sends; nil when it sends none.
func bodyOf(r *route) reflect.Type {
	for _, k := range graph {
		if k.change == r {
			return reflect.TypeFor[graphOperation]()
		}
	}
	return bodies[r]
}

// findings are differences, each with where it was met.
type findings map[string]string

// settle compares what was found with a list, in both directions.
func (f findings) settle(t *testing.T, list map[string]string, name string) {
	t.Helper()
	for _, found := range slices.Sorted(maps.Keys(f)) {
		if list[found] == "" {
			t.Errorf("%s (%s): correct it, or put it on the list %s with the reason", found, f[found], name)
		}
	}
	for _, listed := range slices.Sorted(maps.Keys(list)) {
		if _, ok := f[listed]; !ok {
			t.Errorf("%s stands on the list %s and is not needed there any more: take it off", listed, name)
		}
	}
}

func TestContract_RoutesAreDescribed(t *testing.T) {
	t.Parallel()
	descriptions := official(t)
	found := findings{}
	for _, r := range routes {
		o := descriptions[r]
		if o == nil {
			found[r.name()] = "the route is not described"
			continue
		}
		for p := range strings.FieldsSeq(r.query) {
			if !o.parameters["query "+p] {
				found[r.name()+" "+p] = "the query parameter is not described"
			}
		}
		if o.parameters["header x-org-id"] == r.noOrg {
			found[r.name()+" x-org-id"] = "the client and the description disagree on whether the route takes the header"
		}
	}
	found.settle(t, undescribedRequests, "undescribedRequests")
}

func TestContract_FieldsAreDescribed(t *testing.T) {
	t.Parallel()
	descriptions := official(t)
	// JumpCloud: lists are described with fewer fields than single answers. A field must be described in one of them.
	described := map[reflect.Type][]*jsonschema.Schema{}
	for _, r := range routes {
		record, known := wireOf(r)
		if !known {
			t.Errorf("%s: name the struct that its answers are read into in the table wire", r.name())
		}
		if o := descriptions[r]; o != nil {
			described[record] = append(described[record], records(o.answer)...)
			described[bodyOf(r)] = append(described[bodyOf(r)], parts(o.request)...)
		}
	}
	delete(described, nil) // routes without an answer or without a body
	delete(described, nameless)
	delete(described, reflect.TypeFor[Edge]()) // has no tags; see TestContract_EdgesAreDescribed
	found := findings{}
	for sent, schemas := range described {
		found.compareStruct(sent, schemas)
	}
	found.settle(t, undescribedFields, "undescribedFields")
}

// compareStruct looks for each field of a struct in what is said about an object.
func (f findings) compareStruct(t reflect.Type, described []*jsonschema.Schema) {
	if free(described) {
		return
	}
	for field := range t.Fields() {
		tag, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		name := t.Name() + "." + tag
		known := property(described, tag)
		switch {
		case field.Anonymous && tag == "":
			f.compareStruct(field.Type, described)
		case !field.IsExported():
		case tag == "":
			f[t.Name()+"."+field.Name] = "the field has no JSON name"
		case len(known) == 0:
			f[name] = "the field is not described"
		default:
			f.compareValue(field.Type, known, name)
		}
	}
}

// scalars are the JSON types that our own types stand for; none for those that take any JSON.
var scalars = map[reflect.Type][]string{
	reflect.TypeFor[Bool]():            {"boolean"},
	reflect.TypeFor[Int]():             {"integer"},
	reflect.TypeFor[Float]():           {"integer", "number"},
	reflect.TypeFor[Time]():            {"string"},
	reflect.TypeFor[Seconds]():         {"string"},
	reflect.TypeFor[Secret]():          nil,
	reflect.TypeFor[json.RawMessage](): nil,
	reflect.TypeFor[MemberQuery]():     {"object"},
}

// compareValue compares a type with what is said about a value, and what is within the type with what is within the value.
func (f findings) compareValue(t reflect.Type, described []*jsonschema.Schema, name string) {
	want, scalar := scalars[t]
	switch {
	case scalar:
	case t.Kind() == reflect.Pointer:
		f.compareValue(t.Elem(), described, name)
		return
	case t.Kind() == reflect.Slice:
		want = []string{"array"}
		f.compareValue(t.Elem(), elements(described), name)
	case t.Kind() == reflect.Map:
		want = []string{"object"}
		f.compareValue(t.Elem(), properties(described), name)
	case t.Kind() == reflect.Struct:
		want = []string{"object"}
		f.compareStruct(t, described)
	default:
		want = []string{jsonKind(t.Kind())}
	}
	for _, kind := range kinds(described) {
		if want != nil && !slices.Contains(want, kind) {
			f[name] = "the field is described as " + kind + " and read as " + t.String()
		}
	}
}

// jsonKind returns the JSON type of a plain Go type.
func jsonKind(k reflect.Kind) string {
	switch k {
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int64:
		return "integer"
	case reflect.Bool:
		return "boolean"
	default:
		return "no JSON type that this test knows: " + k.String()
	}
}

// TestContract_EdgesAreDescribed reads edges that fit the descriptions exactly: what an [Edge] holds afterwards
// has a described name.
func TestContract_EdgesAreDescribed(t *testing.T) {
	t.Parallel()
	descriptions := official(t)
	direct := `{"from":{"id":"a","type":"application"},"to":{"id":"u","type":"user","attributes":null},"attributes":` + string(sudo) + `}`
	reached := `{"id":"u","type":"user","compiledAttributes":` + string(sudo) + `,"paths":[` +
		`[{"attributes":null,"to":{"id":"g","type":"user_group"}},{"to":{"id":"u","type":"user"}}],[{"to":{"id":"u","type":"user"}}]]}`
	user, group := Ref{ID: "u", Kind: KindUser}, Ref{ID: "g", Kind: KindUserGroup}
	ways := [][]Ref{{group, user}, {user}}
	check := func(r *route, item string, paths [][]Ref) {
		t.Run(r.name(), func(t *testing.T) {
			t.Parallel()
			schema := answerOf(t, descriptions, r)
			if d := deviations(schema, "Edge", []any{decoded(t, []byte(item))}); len(d) > 0 {
				t.Errorf("the item of this test does not fit the description, make it fit again: %v", d)
			}
			var got Edge
			if err := json.Unmarshal([]byte(item), &got); err != nil {
				t.Fatalf("an item that fits the description cannot be read: %v", err)
			}
			if got.To != user || !bytes.Equal(got.Attributes, sudo) || !reflect.DeepEqual(got.Paths, paths) || !got.Direct() {
				t.Errorf("an item that fits the description was read as %v, attributes %s, paths %v, direct %t; want %v, %s, %v, true",
					got.To, got.Attributes, got.Paths, got.Direct(), user, sudo, paths)
			}
		})
	}
	inDirect, inReached := edgeRoutes()
	for _, r := range inDirect {
		check(r, direct, nil)
	}
	for _, r := range inReached {
		check(r, reached, ways)
	}
}

func TestContract_KindsAreDescribed(t *testing.T) {
	t.Parallel()
	schema := answerOf(t, official(t), graph[KindApplication].reaches[KindUser])
	for _, kind := range allKinds() {
		item := map[string]any{"id": "x", "type": string(kind), "paths": []any{}}
		if d := deviations(schema, "Edge", []any{item}); len(d) > 0 {
			t.Errorf("the descriptions know no graph object of the kind %q: %v", kind, d)
		}
	}
}

// allKinds returns every kind that has associations or is the target of some.
func allKinds() []Kind {
	all := slices.Collect(maps.Keys(graph))
	for _, k := range graph {
		all = append(all, k.targets...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// TestContract_TargetsAreDescribed compares what may be joined to what, in both directions.
func TestContract_TargetsAreDescribed(t *testing.T) {
	t.Parallel()
	descriptions := official(t)
	for of, k := range graph {
		o := descriptions[k.change]
		if o == nil || o.request == nil {
			t.Errorf("the body of %s is not described", k.change.name())
			continue
		}
		for _, target := range allKinds() {
			body := map[string]any{"op": "add", "type": string(target), "id": "x"}
			described, known := o.request.Validate(body) == nil, slices.Contains(k.targets, target)
			if described != known {
				t.Errorf("an edge from %s to %s: the description says %t, the client %t", of, target, described, known)
			}
		}
	}
}

// answerOf returns the schema of a route's answer.
func answerOf(t *testing.T, descriptions map[*route]*operation, r *route) *jsonschema.Schema {
	t.Helper()
	o := descriptions[r]
	if o == nil || o.answer == nil {
		t.Fatalf("the answer of %s is not described", r.name())
	}
	return o.answer
}

// TestContract_RequestsAreDeclared looks for requests that their routes do not declare: what is not declared cannot be
// compared with the descriptions.
func TestContract_RequestsAreDeclared(t *testing.T) {
	t.Parallel()
	sent, wrong := map[*route]bool{}, map[string]bool{}
	for _, e := range exchanges(t, Fields("_id", "id"), Filter("_id:$ne:x")) {
		sent[e.route] = true
		for p := range e.query {
			if !e.route.sends(p) {
				wrong[e.route.name()+" sends the query parameter "+p+": declare it in the query of the route"] = true
			}
		}
		if (e.body != nil) != (bodyOf(e.route) != nil) {
			wrong[e.route.name()+": a body is sent and is not in the table bodies, or is there and is not sent"] = true
		}
		if e.organization == e.route.noOrg {
			wrong[e.route.name()+": x-org-id is sent although the route says noOrg, or is not sent although it does not"] = true
		}
	}
	for _, w := range slices.Sorted(maps.Keys(wrong)) {
		t.Error(w)
	}
	for _, r := range routes {
		if !sent[r] {
			t.Errorf("%s is never sent: call it in visit, so that this test sees its requests and answers", r.name())
		}
	}
}

func TestContract_AnswersOfTheFakeFit(t *testing.T) {
	t.Parallel()
	descriptions := official(t)
	found := findings{}
	for _, e := range exchanges(t) {
		record, _ := wireOf(e.route)
		o := descriptions[e.route]
		if o == nil || o.answer == nil || record == nil || e.status != http.StatusOK {
			continue // TestContract_RoutesAreDescribed and TestContract_FieldsAreDescribed say what is missing
		}
		for _, d := range deviations(o.answer, nameOf(record, e.route), decoded(t, e.answer)) {
			found[d] = e.route.name()
		}
	}
	found.settle(t, quirks, "quirks")
}

// TestContract_BodiesFit looks at the bodies themselves, besides the structs that they are made of.
func TestContract_BodiesFit(t *testing.T) {
	t.Parallel()
	descriptions := official(t)
	found := findings{}
	for _, e := range exchanges(t, Fields("_id", "id"), Filter("_id:$ne:x")) {
		o := descriptions[e.route]
		if e.body == nil || o == nil {
			continue
		}
		if o.request == nil {
			found[e.route.name()] = "no body is described"
			continue
		}
		for _, d := range deviations(o.request, nameOf(bodyOf(e.route), e.route), decoded(t, e.body)) {
			found[d] = e.route.name()
		}
	}
	found.settle(t, undescribedBodies, "undescribedBodies")
}

// nameOf returns how differences call a struct.
func nameOf(t reflect.Type, r *route) string {
	if t == nil || t.Name() == "" {
		return r.name()
	}
	return t.Name()
}

func decoded(t *testing.T, raw []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("not JSON: %v\n%.200s", err, raw)
	}
	return v
}

// exchange is a request of the client and its answer.
type exchange struct {
	route        *route
	query        url.Values
	organization bool   // x-org-id was sent
	body         []byte // nil when there was none
	status       int
	answer       []byte
}

// tape is a transport that keeps what passes through it.
type tape struct {
	noSearch bool // answers searches with 403, so that the client uses lists
	routes   *http.ServeMux

	mu        sync.Mutex
	exchanges []exchange
}

func newTape(noSearch bool) *tape {
	p := &tape{noSearch: noSearch, routes: http.NewServeMux()}
	for _, r := range routes {
		p.routes.Handle(r.name(), http.NotFoundHandler())
	}
	return p
}

// RoundTrip sends a request and keeps it with its answer.
func (p *tape) RoundTrip(req *http.Request) (*http.Response, error) {
	_, pattern := p.routes.Handler(req)
	at := slices.IndexFunc(routes, func(r *route) bool { return r.name() == pattern })
	if at < 0 {
		return nil, fmt.Errorf("%s %s belongs to no registered route", req.Method, req.URL.Path)
	}
	e := exchange{route: routes[at], query: req.URL.Query(), organization: req.Header.Get("x-org-id") != ""}
	if req.Body != nil && req.Body != http.NoBody {
		var err error
		if e.body, err = io.ReadAll(req.Body); err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body = io.NopCloser(bytes.NewReader(e.body))
		if len(e.body) == 0 {
			e.body, req.Body = nil, http.NoBody // net/http does not send it either
		}
	}
	res, err := p.send(req)
	if err != nil {
		return nil, err
	}
	e.status = res.StatusCode
	e.answer, err = io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(e.answer))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.exchanges = append(p.exchanges, e)
	return res, nil
}

func (p *tape) send(req *http.Request) (*http.Response, error) {
	if p.noSearch && strings.HasPrefix(req.URL.Path, "/api/search/") {
		return &http.Response{StatusCode: http.StatusForbidden, Header: http.Header{}, Body: http.NoBody, Request: req}, nil
	}
	return http.DefaultTransport.RoundTrip(req)
}

// exchanges lets the client send every route to the fake, once with and once without searches, and returns the requests
// with their answers.
func exchanges(t *testing.T, options ...ListOption) []exchange {
	t.Helper()
	o := jumpcloudtest.Demo()
	o.Self["provider"] = "5c3536e9e0a6840001872799"
	s := jumpcloudtest.NewServer(o)
	t.Cleanup(s.Close)
	var all []exchange
	for _, noSearch := range []bool{false, true} {
		p := newTape(noSearch)
		c, err := New(APIKey(s.Key), WithBaseURL(s.URL), WithOrgID(o.Self.ID()), WithMaxRPS(math.Inf(1)), WithTransport(p))
		if err != nil {
			t.Fatalf("New: %v", err)
		}
		visit(t, c, o, options)
		visitGraph(t, c, o, options)
		visitCommands(t, c, o, options)
		readList(t, c.Administrators.Links(t.Context(), o.Self.ID(), options...))
		readList(t, c.Directories.ActiveDirectories(t.Context(), options...))
		readList(t, c.Directories.Workdays(t.Context(), options...))
		c.Close()
		all = append(all, p.exchanges...)
	}
	return all
}

// visit reads everything that an organization holds, by every route.
func visit(t *testing.T, c *Client, o *jumpcloudtest.Organization, options []ListOption) {
	t.Helper()
	ctx := t.Context()
	visitServices(t, c, options)
	for _, group := range o.UserGroups {
		readList(t, c.UserGroups.Members(ctx, group.ID(), options...))
		readList(t, membership(ctx, c, userGroupMembership, group.ID(), options))
	}
	for _, group := range o.SystemGroups {
		readList(t, c.SystemGroups.Members(ctx, group.ID(), options...))
		readList(t, membership(ctx, c, systemGroupMembership, group.ID(), options))
	}
	readList(t, c.Providers.Organizations(ctx, o.Self["provider"].(string), options...))
	for mdm, devices := range o.AppleMDMDevices {
		readList(t, c.AppleMDMs.Devices(ctx, mdm, options...))
		readEach(ctx, t, devices, func(ctx context.Context, id string) (*AppleMDMDevice, error) {
			return c.AppleMDMs.GetDevice(ctx, mdm, id)
		})
	}
}

// membership reads the members of a group as the client does where their list holds nothing.
func membership(ctx context.Context, c *Client, r *route, group string, options []ListOption) iter.Seq2[*Edge, error] {
	return all[Edge](ctx, c, options, &source{route: r, params: []string{group}, most: 100, edges: true})
}

// visitServices reads the list of every service that has one, and each of its records by its id where that is served.
func visitServices(t *testing.T, c *Client, options []ListOption) {
	t.Helper()
	for f, v := range reflect.ValueOf(c).Elem().Fields() {
		list := v
		if f.IsExported() {
			list = v.MethodByName("All")
		}
		if !f.IsExported() || !list.IsValid() {
			continue
		}
		get, ctx := v.MethodByName("Get"), reflect.ValueOf(t.Context())
		for _, with := range [][]ListOption{options, nil} { // the second time for the ids
			for record, err := range list.CallSlice([]reflect.Value{ctx, reflect.ValueOf(with)})[0].Seq2() {
				if !err.IsNil() {
					t.Fatalf("read %s: %v", f.Name, err)
				}
				if with != nil || !get.IsValid() {
					continue
				}
				id := reflect.ValueOf(record.Interface().(interface{ recordID() string }).recordID())
				if out := get.Call([]reflect.Value{ctx, id}); !out[1].IsNil() {
					t.Fatalf("read one of %s: %v", f.Name, out[1])
				}
			}
		}
	}
}

// sudo are attributes of an edge.
var sudo = json.RawMessage(`{"sudo":{"enabled":true,"withoutPassword":false}}`)

// visitGraph reads what is joined to an object of each kind and what it reaches, and takes one edge away and puts it
// back.
func visitGraph(t *testing.T, c *Client, o *jumpcloudtest.Organization, options []ListOption) {
	t.Helper()
	for kind, k := range graph {
		of, to := someEdge(t, o, kind)
		for _, target := range k.targets {
			readList(t, c.Graph.Associations(t.Context(), of, target, options...))
		}
		for target := range k.reaches {
			readList(t, c.Graph.Reachable(t.Context(), of, target, options...))
		}
		if changed, err := c.Graph.Dissociate(t.Context(), of, to); err != nil || !changed {
			t.Fatalf("take the edge from %v to %v away: %t, %v", of, to, changed, err)
		}
		if changed, err := c.Graph.Associate(t.Context(), of, to, WithAttributes(sudo)); err != nil || !changed {
			t.Fatalf("put the edge from %v to %v back: %t, %v", of, to, changed, err)
		}
	}
}

// someEdge returns a direct edge that starts at an object of a kind.
func someEdge(t *testing.T, o *jumpcloudtest.Organization, kind Kind) (of, to Ref) {
	t.Helper()
	ref := func(n jumpcloudtest.Node) Ref { return Ref{ID: n.ID, Kind: Kind(n.Kind)} }
	for _, e := range o.Associations {
		for _, ends := range [][2]Ref{{ref(e.From), ref(e.To)}, {ref(e.To), ref(e.From)}} {
			if ends[0].Kind == kind && slices.Contains(graph[kind].targets, ends[1].Kind) {
				return ends[0], ends[1]
			}
		}
	}
	for app, users := range o.ApplicationUsers {
		if kind == KindApplication && len(users) > 0 {
			return Ref{ID: app, Kind: kind}, Ref{ID: users[0], Kind: KindUser}
		}
	}
	t.Fatalf("the organization has no edge from a %s", kind)
	return of, to
}

// visitCommands reads the commands and their results, and makes one, changes it, runs it and deletes it.
func visitCommands(t *testing.T, c *Client, o *jumpcloudtest.Organization, options []ListOption) {
	t.Helper()
	ctx := t.Context()
	for _, command := range o.Commands {
		readList(t, c.Commands.Results(ctx, command.ID(), options...))
		readEach(ctx, t, o.CommandResults[command.ID()], c.Commands.GetResult)
	}
	made, err := c.Commands.Create(ctx, &Command{
		Name: "Report disks", Command: "df", CommandType: CommandLinux, User: RootUser, LaunchType: LaunchTrigger, Trigger: "disks",
		Timeout: Seconds{60, true}, Sudo: Bool{true, true}, Files: List[string]{RootUser},
	})
	if err != nil {
		t.Fatalf("make a command: %v", err)
	}
	if _, err := c.Commands.Update(ctx, made.ID, func(c *Command) error { c.Description = "Asked for by support"; return nil }); err != nil {
		t.Fatalf("change a command: %v", err)
	}
	if started, err := c.Commands.Trigger(ctx, "disks", map[string]any{"verbose": true}); err != nil || len(started) != 1 {
		t.Fatalf("trigger a command: %v, %v", started, err)
	}
	system := o.Systems[0].ID()
	run, err := c.Commands.Run(ctx, made.ID, system)
	if err != nil || len(run.QueueIDs) != 1 {
		t.Fatalf("run a command: %v, %v", run, err)
	}
	results, err := c.Commands.Wait(ctx, WaitFor{CommandID: made.ID, Run: run, Every: 1})
	if err != nil || len(results) != 1 || results[0].SystemID != system {
		t.Fatalf("wait for the run: %v, %v", results, err)
	}
	readEach(ctx, t, o.CommandResults[made.ID], c.Commands.GetResult)
	if err := c.Commands.Delete(ctx, made.ID); err != nil {
		t.Fatalf("delete a command: %v", err)
	}
}

func readList[T any](t *testing.T, list iter.Seq2[*T, error]) {
	t.Helper()
	for _, err := range list {
		if err != nil {
			t.Fatalf("read a list of %v: %v", reflect.TypeFor[T](), err)
		}
	}
}

func readEach[T any](ctx context.Context, t *testing.T, objects []jumpcloudtest.Object, get func(context.Context, string) (*T, error)) {
	t.Helper()
	for _, o := range objects {
		if _, err := get(ctx, o.ID()); err != nil {
			t.Fatalf("read one %v: %v", reflect.TypeFor[T](), err)
		}
	}
}
