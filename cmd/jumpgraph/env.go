package main

import (
	"errors"
	"fmt"
	"math"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
)

// environment looks up a variable; an unset one is empty.
type environment func(string) string

// connection is how to reach JumpCloud. A flag beats the environment.
type connection struct {
	region, apiURL string
	maxRPS         float64
	orgs           []string
	demo           bool
}

// client makes the client. No flag takes a key: it would show in the list of processes.
func (c *connection) client(env environment, options ...client.Option) (*client.Client, error) {
	if c.demo {
		options = append(options, client.WithTransport(cassettes.Transport("demo")), client.WithMaxRPS(math.Inf(1)))
		return client.New(client.APIKey("demo"), options...)
	}
	region, wrongRegion := client.RegionSetting("--region", c.region)
	address, wrongURL := client.URLSetting("--api-url", c.apiURL)
	switch err := errors.Join(wrongRegion, wrongURL); {
	case err != nil:
		return nil, usage(err)
	case region != "" && address != "":
		return nil, usage(errors.New("use --region or --api-url, not both"))
	case region != "":
		options = append(options, client.WithRegion(region))
	case address != "":
		options = append(options, client.WithBaseURL(address))
	}
	if c.maxRPS != 0 {
		options = append(options, client.WithMaxRPS(c.maxRPS))
	}
	if len(c.orgs) > 0 {
		options = append(options, client.WithOrgID(""))
	}
	cl, err := client.FromEnv(env, options...)
	if errors.Is(err, client.ErrNoCredential) {
		return nil, fmt.Errorf("%w; --demo needs none", err)
	}
	if err != nil {
		return nil, usage(err)
	}
	return cl, nil
}
