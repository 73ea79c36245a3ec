package main

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
)

// environment looks up a variable; an unset one is empty.
type environment func(string) string

// first returns the first variable that is set.
func (env environment) first(names ...string) string {
	for _, n := range names {
		if v := env(n); v != "" {
			return v
		}
	}
	return ""
}

// connection is how to reach JumpCloud, from flags and environment. A flag beats the environment.
type connection struct {
	region, apiURL string
	maxRPS         float64
	orgs           []string
	demo           bool
}

var errNoKey = errors.New("no API key: set JUMPCLOUD_API_KEY (or JC_API_KEY), or use --demo to try without one")

// client makes the client. No flag takes a key: it would show in the list of processes.
func (c *connection) client(env environment, options ...client.Option) (*client.Client, error) {
	if c.demo {
		options = append(options, client.WithTransport(cassettes.Transport("demo")), client.WithMaxRPS(math.Inf(1)))
		return client.New(client.APIKey("demo"), options...)
	}
	key := env.first("JUMPCLOUD_API_KEY", "JC_API_KEY")
	if key == "" {
		return nil, usage(errNoKey)
	}
	region, apiURL := c.region, c.apiURL
	if region == "" && apiURL == "" {
		region, apiURL = env("JUMPCLOUD_REGION"), env("JUMPCLOUD_API_URL")
	}
	if region != "" && apiURL != "" {
		return nil, usage(errors.New("give a region or an API URL, not both (flags --region, --api-url; variables JUMPCLOUD_REGION, JUMPCLOUD_API_URL)"))
	}
	if region != "" {
		options = append(options, client.WithRegion(client.Region(region)))
	}
	if apiURL != "" {
		options = append(options, client.WithBaseURL(apiURL))
	}
	rps, err := c.rate(env)
	if err != nil {
		return nil, usage(err)
	}
	if rps != 0 {
		options = append(options, client.WithMaxRPS(rps))
	}
	if len(c.orgs) == 0 {
		options = append(options, client.WithOrgID(env.first("JUMPCLOUD_ORG_ID", "JC_ORG_ID")))
	}
	cl, err := client.New(client.APIKey(key), options...)
	if err != nil {
		return nil, usage(err)
	}
	return cl, nil
}

func (c *connection) rate(env environment) (float64, error) {
	text := env("JUMPCLOUD_MAX_RPS")
	if c.maxRPS != 0 || text == "" {
		return c.maxRPS, nil
	}
	rps, err := strconv.ParseFloat(text, 64)
	if err != nil || rps <= 0 {
		return 0, fmt.Errorf("JUMPCLOUD_MAX_RPS must be a number above zero, not %q", text)
	}
	return rps, nil
}
