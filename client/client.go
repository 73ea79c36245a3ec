package client

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-resty/resty/v2"
)

// Region is one of the parts of JumpCloud, which share no data. A key works in its own region only; another one answers
// 401.
type Region string

// The regions of JumpCloud.
const (
	US Region = "us"
	EU Region = "eu"
	IN Region = "in"
)

// consoles are the hosts of the regions. JumpCloud: the servers list of the official API descriptions.
var consoles = map[Region]string{
	US: "https://console.jumpcloud.com",
	EU: "https://console.eu.jumpcloud.com",
	IN: "https://console.in.jumpcloud.com",
}

// tokenHosts are where service accounts get their tokens. JumpCloud: those of EU and IN are in no official description;
// JumpCloud's own command line program uses them.
var tokenHosts = map[Region]string{
	US: "https://admin-oauth.id.jumpcloud.com/oauth2/token",
	EU: "https://admin-oauth.id.eu.jumpcloud.com/oauth2/token",
	IN: "https://admin-oauth.id.in.jumpcloud.com/oauth2/token",
}

// ConsoleURL returns the address of the region's admin console, without a final slash; empty for an unknown region.
func (r Region) ConsoleURL() string { return consoles[r] }

const (
	defaultMaxWait = time.Minute
	attemptTimeout = 60 * time.Second
)

// Option changes how a client is built.
type Option func(*config) error

type config struct {
	region    Region
	baseURL   string
	orgID     string
	transport http.RoundTripper
	roots     *x509.CertPool
	insecure  bool
	maxRPS    float64 // 0 when it is not given
	limiter   *Limiter
	maxWait   time.Duration
	logger    *slog.Logger
	names     bool
	tokenURL  string
}

// WithRegion chooses the region; the default is US.
func WithRegion(r Region) Option {
	return func(c *config) error {
		if r.ConsoleURL() == "" {
			return fmt.Errorf("client: unknown region %q: use us, eu or in", string(r))
		}
		c.region = r
		return nil
	}
}

// WithBaseURL sends requests to another host than a region's, for example a test server. The address may end in /api.
// It must use https, or http on a loopback address.
func WithBaseURL(address string) Option {
	return func(c *config) error { c.baseURL = address; return nil }
}

// WithOrgID names the organization that a multi-tenant key works on. It is sent as x-org-id, except on the routes that
// refuse it. The empty string means none.
func WithOrgID(id string) Option {
	return func(c *config) error { c.orgID = id; return nil }
}

// WithTransport sends requests through t, for a proxy, for tracing, or to replay recordings. The client adds the
// credential before t is called; t must not follow redirects. An error of t is taken for a broken connection and the
// request repeated, unless it has a method Permanent() bool that returns true. It cannot be joined with [WithRootCAs] and
// [WithInsecureSkipTLSVerify].
func WithTransport(t http.RoundTripper) Option {
	return func(c *config) error {
		if t == nil {
			return errors.New("client: WithTransport needs a transport")
		}
		c.transport = t
		return nil
	}
}

// WithRootCAs trusts the given certificates instead of the system's, for networks that inspect TLS.
func WithRootCAs(roots *x509.CertPool) Option {
	return func(c *config) error { c.roots = roots; return nil }
}

// WithInsecureSkipTLSVerify lets anybody between the caller and JumpCloud read the credential and change the answers: the
// certificate of the server is not verified. Use [WithRootCAs] instead wherever the certificate of the network can be had.
func WithInsecureSkipTLSVerify() Option {
	return func(c *config) error { c.insecure = true; return nil }
}

// WithMaxRPS limits the client, and all clients derived from it, to n requests per second; the default is 8, at which
// JumpCloud rarely answers 429. math.Inf(1) means no limit, for test servers and recordings.
func WithMaxRPS(n float64) Option {
	return func(c *config) error {
		if math.IsNaN(n) || n <= 0 {
			return fmt.Errorf("client: the request rate must be above zero, not %v", n)
		}
		c.maxRPS = n
		return nil
	}
}

// WithMaxWait is the longest wait before another attempt, whoever asks for it; the default is a minute. When JumpCloud
// asks for more, the call ends with [ErrRateLimited].
func WithMaxWait(d time.Duration) Option {
	return func(c *config) error {
		if d <= 0 {
			return fmt.Errorf("client: the longest wait must be above zero, not %v", d)
		}
		c.maxWait = d
		return nil
	}
}

// WithLogger logs one line per request at debug level: route, status, duration and attempt; never an id, a query, a
// body or a key. A nil logger logs nothing, as without this option.
func WithLogger(l *slog.Logger) Option {
	return func(c *config) error {
		c.logger = cmp.Or(l, slog.New(slog.DiscardHandler))
		return nil
	}
}

// WithUnknownFields collects, for each record, the names of fields that its struct does not have; see [Record].
// It costs a second pass over each record.
func WithUnknownFields() Option {
	return func(c *config) error { c.names = true; return nil }
}

// WithTokenURL is where a [ServiceAccount] gets its tokens, for hosts that are not a region's. It must use https, or
// http on a loopback address.
func WithTokenURL(address string) Option {
	return func(c *config) error {
		if _, err := safeURL(address); err != nil {
			return fmt.Errorf("client: token URL: %w", err)
		}
		c.tokenURL = address
		return nil
	}
}

// Client sends requests to JumpCloud. It is safe for concurrent use; nothing about it changes after [New]. Make one per
// credential and share it: the request rate is limited per client and those derived from it with [Client.ForOrg], unless
// [WithLimiter] says otherwise.
type Client struct {
	// SystemUsers are the people.
	SystemUsers *SystemUsersService
	// Systems are the devices with an agent.
	Systems *SystemsService
	// Applications are the single sign-on applications.
	Applications *ApplicationsService
	// Organizations are the organizations that the credential can see.
	Organizations *OrganizationsService
	// UserGroups are the groups of users, with their members.
	UserGroups *UserGroupsService
	// SystemGroups are the groups of systems, with their members.
	SystemGroups *SystemGroupsService
	// Providers manage organizations of others.
	Providers *ProvidersService
	// Commands are the scripts that run on systems, with their results.
	Commands *CommandsService
	// AppleMDMs are the Apple device managers, with their devices.
	AppleMDMs *AppleMDMsService
	// Administrators are the people who administer organizations.
	Administrators *AdministratorsService
	// Roles are what administrators and service accounts may do.
	Roles *RolesService
	// ServiceAccounts are the accounts of programs.
	ServiceAccounts *ServiceAccountsService
	// AuthnPolicies are the conditional access policies.
	AuthnPolicies *AuthnPoliciesService
	// IPLists are the lists of addresses that conditional access policies use.
	IPLists *IPListsService
	// Directories are the directories that users are synchronized with.
	Directories *DirectoriesService
	// RADIUSServers are the clients of JumpCloud's RADIUS service.
	RADIUSServers *RADIUSServersService
	// Graph reads and changes the edges between objects.
	Graph *GraphService

	*shared
	orgID    string
	wrongOrg error // why the organization's id cannot be sent
	stats    *counter
}

// shared is what all clients of one credential have in common.
type shared struct {
	base       *url.URL
	http       *resty.Client
	limiter    *Limiter
	maxWait    time.Duration
	jitter     func() float64 // in [0,1); tests replace it
	logger     *slog.Logger
	credential Credential
	names      bool
	turns      turns // of large answers
	close      func()
}

// New returns a client for a credential. It makes no request; a missing credential and a wrong option are errors here. A
// nil option is left out.
func New(credential Credential, options ...Option) (*Client, error) {
	cfg := config{maxWait: defaultMaxWait, logger: slog.New(slog.DiscardHandler)}
	for _, o := range options {
		if o == nil {
			continue
		}
		if err := o(&cfg); err != nil {
			return nil, err
		}
	}
	if credential == nil {
		return nil, errors.New("client: no credential given: make one with APIKey, APIKeyFunc, ServiceAccount or ServiceAccountFunc")
	}
	if err := credential.check(); err != nil {
		return nil, err
	}
	base, err := cfg.base()
	if err != nil {
		return nil, err
	}
	if err := checkOrgID(cfg.orgID); err != nil {
		return nil, err
	}
	transport, closeIdle, err := cfg.roundTripper()
	if err != nil {
		return nil, err
	}
	limiter, err := cfg.rate()
	if err != nil {
		return nil, err
	}
	credential.bind(cfg.tokenURL, transport, cfg.maxWait)
	hc := &http.Client{
		Transport: transport,
		Timeout:   attemptTimeout,
		// JumpCloud: a request without a key is redirected to a login page that answers 200.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	rc := resty.NewWithClient(hc).SetLogger(silent{}).SetAllowGetMethodPayload(false)
	c := &Client{
		shared: &shared{
			base: base, http: rc, limiter: limiter, maxWait: cfg.maxWait, jitter: randomJitter,
			logger: cfg.logger, credential: credential, names: cfg.names, close: closeIdle,
			turns: newTurns(),
		},
		orgID: cfg.orgID,
		stats: &counter{},
	}
	c.wire()
	return c, nil
}

// checkOrgID refuses what cannot be sent as a header.
func checkOrgID(id string) error {
	if strings.ContainsFunc(id, notPrintable) {
		return fmt.Errorf("client: %w: the organization id holds a character that no id has (a space, a line break or a non-ASCII letter)", ErrInvalid)
	}
	return nil
}

// notPrintable reports a character that stands in no id and in no key.
func notPrintable(r rune) bool { return r <= ' ' || r > '~' }

// base returns the address below which /api lies.
func (cfg *config) base() (*url.URL, error) {
	address := cfg.baseURL
	if address != "" && cfg.region != "" {
		return nil, errors.New("client: give a region or a base URL, not both")
	}
	if address == "" {
		if cfg.region == "" {
			cfg.region = US
		}
		address = cfg.region.ConsoleURL()
	}
	u, err := safeURL(address)
	if err != nil {
		return nil, fmt.Errorf("client: base URL: %w", err)
	}
	if cfg.tokenURL == "" {
		cfg.tokenURL = cmp.Or(tokenHosts[cfg.region], u.Scheme+"://"+u.Host+"/oauth2/token")
	}
	u.Path = strings.TrimSuffix(strings.TrimSuffix(strings.TrimRight(u.Path, "/"), "/v2"), "/api")
	return u, nil
}

// rate returns the limiter of the client: the one that was given, or one of its own.
func (cfg *config) rate() (*Limiter, error) {
	if cfg.limiter != nil && cfg.maxRPS != 0 {
		return nil, errors.New("client: WithLimiter cannot be joined with WithMaxRPS: set MaxRPS of the limiter")
	}
	l := cmp.Or(cfg.limiter, &Limiter{MaxRPS: cfg.maxRPS})
	return l, l.start()
}

// safeURL parses an address to which a credential may be sent.
func safeURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return nil, errors.New("it must look like https://host or https://host/path")
	}
	ip := net.ParseIP(u.Hostname())
	loopback := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !loopback) {
		return nil, fmt.Errorf("it must use https, since a credential goes there (http is for loopback only), not %q", u.Scheme)
	}
	return u, nil
}

// roundTripper returns the transport below the credential and what closes its idle connections.
func (cfg *config) roundTripper() (http.RoundTripper, func(), error) {
	if cfg.transport != nil {
		if cfg.roots != nil || cfg.insecure {
			return nil, nil, errors.New("client: WithTransport cannot be joined with WithRootCAs or WithInsecureSkipTLSVerify: set up TLS on the transport")
		}
		closeIdle := func() {}
		if t, ok := cfg.transport.(interface{ CloseIdleConnections() }); ok {
			closeIdle = t.CloseIdleConnections
		}
		return cfg.transport, closeIdle, nil
	}
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 16
	t.MaxResponseHeaderBytes = 1 << 20
	if cfg.roots != nil || cfg.insecure {
		t.TLSClientConfig = &tls.Config{RootCAs: cfg.roots, InsecureSkipVerify: cfg.insecure, MinVersion: tls.VersionTLS12} //nolint:gosec // the caller has asked for the danger by its name
	}
	return t, t.CloseIdleConnections, nil
}

// wire gives every service its client.
func (c *Client) wire() {
	c.SystemUsers = &SystemUsersService{c}
	c.Systems = &SystemsService{c}
	c.Applications = &ApplicationsService{c}
	c.Organizations = &OrganizationsService{c}
	c.UserGroups = &UserGroupsService{c}
	c.SystemGroups = &SystemGroupsService{c}
	c.Providers = &ProvidersService{c}
	c.Commands = &CommandsService{c}
	c.AppleMDMs = &AppleMDMsService{c}
	c.Administrators = &AdministratorsService{c}
	c.Roles = &RolesService{c}
	c.ServiceAccounts = &ServiceAccountsService{c}
	c.AuthnPolicies = &AuthnPoliciesService{c}
	c.IPLists = &IPListsService{c}
	c.Directories = &DirectoriesService{c}
	c.RADIUSServers = &RADIUSServersService{c}
	c.Graph = &GraphService{c}
}

// ForOrg returns a client for another organization of the same credential; the empty id means none is named. It shares
// connections with c, and the request rate unless a [Limiter] counts each organization apart, and counts its requests in
// its own [Stats] and in those of c. With a text that cannot be an id, the calls of the client end with [ErrInvalid].
func (c *Client) ForOrg(id string) *Client {
	d := &Client{shared: c.shared, orgID: id, wrongOrg: checkOrgID(id), stats: &counter{parent: c.stats}}
	d.wire()
	return d
}

// OrgID returns the id of the organization that the client names; empty when it names none.
func (c *Client) OrgID() string { return c.orgID }

// Close releases idle connections. Calls in progress go on.
func (c *Client) Close() { c.close() }

// String hides what the client holds.
func (c *Client) String() string { return "client.Client(" + c.base.Host + ")" }

// GoString hides what the client holds.
func (c *Client) GoString() string { return c.String() }

// Stats counts what a client did.
type Stats struct {
	// Requests is how many requests were sent, repeated ones included.
	Requests int64
	// Retries is how many of them repeated a failed one.
	Retries int64
	// Limited is how many were answered with 429.
	Limited int64
	// Waited is how long calls waited for their turn, for a pause, or before another attempt, all added up.
	Waited time.Duration
	// RPS is the request rate in force, in requests per second; it is lower than the one asked for after a 429. With
	// a [Limiter] it is that of all clients that are counted together with this one: of its credential, or of its own
	// organization.
	RPS float64
}

// Stats returns what the client and those derived from it have done so far.
func (c *Client) Stats() Stats {
	return Stats{
		Requests: c.stats.requests.Load(), Retries: c.stats.retries.Load(), Limited: c.stats.limited.Load(),
		Waited: time.Duration(c.stats.waited.Load()), RPS: c.limiter.current(c.counted(false)),
	}
}

type counter struct {
	parent                             *counter
	requests, retries, limited, waited atomic.Int64
}

func (n *counter) request(attempt int) {
	for ; n != nil; n = n.parent {
		n.requests.Add(1)
		if attempt > 1 {
			n.retries.Add(1)
		}
	}
}

func (n *counter) limit() {
	for ; n != nil; n = n.parent {
		n.limited.Add(1)
	}
}

func (n *counter) wait(since time.Time) {
	for d := int64(time.Since(since)); n != nil; n = n.parent {
		n.waited.Add(d)
	}
}

// silent keeps resty from writing to standard error: all that it would write there also comes back as an error.
type silent struct{}

func (silent) Errorf(string, ...any) {}
func (silent) Warnf(string, ...any)  {}
func (silent) Debugf(string, ...any) {}

// ConsoleURL returns the address of the admin console that belongs to the client's host, without a final slash.
func (c *Client) ConsoleURL() string { return c.base.String() }
