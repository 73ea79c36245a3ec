// Package jumpcloud makes the clients of a fleet: one for each credential, whose requests keep a rate together with those of
// other workers, are counted and traced, and are not sent by a run that was taken for dead.
package jumpcloud

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/fleet/internal/config"
	"github.com/jumpgraph/jumpgraph/fleet/internal/meter"
	"github.com/jumpgraph/jumpgraph/fleet/internal/pulse"
	"github.com/jumpgraph/jumpgraph/fleet/internal/share"
)

// Clients makes the clients. It is safe for concurrent use.
type Clients struct {
	config  *config.Config
	shares  *share.Shares // nil where each organization has its own rate
	meter   *meter.Meter
	base    *http.Transport
	limiter *client.Limiter

	mu   sync.Mutex
	each map[string]*client.Client
}

// burst is how many requests of an organization are sent at once: half of what JumpCloud is thought to let through, since a busy
// machine or network lets requests arrive closer together than they were sent.
const burst = 4

// New makes the clients of a configuration. shares divides the rate of a credential among workers.
func New(c *config.Config, shares *share.Shares, m *meter.Meter) *Clients {
	each := c.Limit == config.PerOrganization
	if each {
		shares = nil
	}
	return &Clients{
		config: c, shares: shares, meter: m, limiter: &client.Limiter{MaxRPS: c.Rate, Burst: burst, PerOrganization: each}, each: map[string]*client.Client{},
		base: &http.Transport{
			Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, MaxIdleConns: 200, MaxIdleConnsPerHost: 100, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 10 * time.Second, DialContext: (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		},
	}
}

// ErrUnknown says that there is no credential of a name.
var ErrUnknown = errors.New("the settings have no such credential")

// Of returns the client of a credential. The source of the credential is asked when the first request is sent.
func (c *Clients) Of(name string) (*client.Client, error) {
	settings := c.config.Credential(name)
	if settings == nil {
		return nil, fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if made := c.each[name]; made != nil {
		return made, nil
	}
	made, err := c.make(settings)
	if err == nil {
		c.each[name] = made
	}
	return made, err
}

// make makes the client of a credential.
func (c *Clients) make(settings *config.Credential) (*client.Client, error) {
	options := []client.Option{client.WithLimiter(c.limiter), client.WithTransport(c.transport(settings.Name))}
	if settings.Region != "" {
		region, err := client.RegionSetting("region", settings.Region)
		if err != nil {
			return nil, err
		}
		options = append(options, client.WithRegion(region))
	}
	if settings.URL != "" {
		options = append(options, client.WithBaseURL(settings.URL))
	}
	return client.New(settings.Client(), options...)
}

// Close closes all clients.
func (c *Clients) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, made := range c.each {
		made.Close()
	}
	c.base.CloseIdleConnections()
}

// transport is what the requests of a credential pass.
func (c *Clients) transport(name string) http.RoundTripper {
	var of *share.Share
	if c.shares != nil {
		of = c.shares.Of(name)
	}
	return &gate{share: of, meter: c.meter, credential: name, next: c.meter.Transport(name, c.base)}
}

// gate lets requests through at the rate of the credential, while their run is alive. Those that it lets through are counted.
type gate struct {
	share      *share.Share
	meter      *meter.Meter
	credential string
	next       http.RoundTripper
}

// RoundTrip waits for the rate, and looks at the pulse last. A run that is dead already takes nothing of the rate.
func (g *gate) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := pulse.Alive(r.Context()); err != nil {
		return nil, dead{err}
	}
	if g.share != nil {
		began := time.Now()
		if err := g.share.Wait(r.Context()); err != nil {
			return nil, dead{err}
		}
		g.meter.Waited(g.credential, time.Since(began))
	}
	if err := pulse.Alive(r.Context()); err != nil {
		return nil, dead{err}
	}
	return g.next.RoundTrip(r)
}

// dead is an error that repeating a request does not help against.
type dead struct{ error }

// Unwrap returns the cause.
func (d dead) Unwrap() error { return d.error }

// Permanent says that the request is not to be repeated.
func (dead) Permanent() bool { return true }

// Organizations lists the organizations of a credential: those of its provider, or all that it sees.
func (c *Clients) Organizations(ctx context.Context, name string) ([]*client.Organization, error) {
	made, err := c.Of(name)
	if err != nil {
		return nil, err
	}
	var all []*client.Organization
	provider := c.config.Credential(name).Provider
	if provider == "" {
		for o, err := range made.Organizations.All(ctx) {
			if err != nil {
				return nil, err
			}
			all = append(all, o)
		}
		return all, nil
	}
	for o, err := range made.Providers.Organizations(ctx, provider) {
		if err != nil {
			return nil, err
		}
		all = append(all, o.Organization())
	}
	return all, nil
}
