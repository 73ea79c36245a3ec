package main

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"os"

	"github.com/spf13/pflag"

	"github.com/jumpgraph/jumpgraph/cassettes"
	"github.com/jumpgraph/jumpgraph/client"
)

// environment looks up a variable; an unset one is empty.
type environment func(string) string

// connection is how to reach JumpCloud: what all commands share that send requests to it. A flag beats the environment.
type connection struct {
	env    environment
	stderr io.Writer // for the warning of --insecure-skip-tls-verify

	region, apiURL, caFile string
	maxRPS                 float64
	orgs                   []string
	insecure, demo         bool
	transport              http.RoundTripper // instead of the network; nil for the network
}

// flags adds the flags.
func (c *connection) flags(f *pflag.FlagSet) {
	f.StringVar(&c.region, "region", "", "us, eu or in (default us)")
	f.StringVar(&c.apiURL, "api-url", "", "another host than a region's, with or without /api")
	f.StringSliceVar(&c.orgs, "org", nil, "id of an organization, for keys that see several")
	f.Float64Var(&c.maxRPS, "max-rps", 0, "requests per second at most (default 8)")
	f.StringVar(&c.caFile, "ca-file", "", "file with certificates (PEM) to trust besides the system's")
	f.BoolVar(&c.insecure, "insecure-skip-tls-verify", false, "verify no certificate: whoever is in between can read the key")
}

// client makes the client. No flag takes a key: it would show in the list of processes.
func (c *connection) client(options ...client.Option) (*client.Client, error) {
	if c.maxRPS < 0 {
		return nil, usage(errors.New("--max-rps must be above zero"))
	}
	if c.demo {
		options = append(options, client.WithTransport(cassettes.Transport("demo")), client.WithMaxRPS(math.Inf(1)))
		return client.New(client.APIKey("demo"), options...)
	}
	where, wrongAddress := c.address()
	how, wrongTLS := c.tls()
	if err := cmp.Or(wrongAddress, wrongTLS); err != nil {
		return nil, usage(err)
	}
	options = append(append(options, where...), how...)
	if c.maxRPS != 0 {
		options = append(options, client.WithMaxRPS(c.maxRPS))
	}
	cl, err := client.FromEnv(c.env, options...)
	if err != nil && !errors.Is(err, client.ErrNoCredential) {
		return nil, usage(err)
	}
	return cl, err
}

// address says where JumpCloud is.
func (c *connection) address() ([]client.Option, error) {
	region, wrongRegion := client.RegionSetting("--region", c.region)
	address, wrongURL := client.URLSetting("--api-url", c.apiURL)
	switch err := errors.Join(wrongRegion, wrongURL); {
	case err != nil:
		return nil, err
	case region != "" && address != "":
		return nil, errors.New("use --region or --api-url, not both")
	case region != "":
		return []client.Option{client.WithRegion(region)}, nil
	case address != "":
		return []client.Option{client.WithBaseURL(address)}, nil
	}
	return nil, nil
}

// tls says which certificates are trusted.
func (c *connection) tls() ([]client.Option, error) {
	var options []client.Option
	switch {
	case c.insecure && c.caFile != "":
		return nil, errors.New("use --ca-file or --insecure-skip-tls-verify, not both")
	case c.insecure:
		fmt.Fprintln(c.stderr, "Warning: --insecure-skip-tls-verify: no certificate is verified. Whoever is between this machine and JumpCloud can read the key and change the data. --ca-file trusts one more certificate instead.")
		options = append(options, client.WithInsecureSkipTLSVerify())
	case c.caFile != "":
		roots, err := rootsWith(c.caFile)
		if err != nil {
			return nil, fmt.Errorf("--ca-file: %w", err)
		}
		options = append(options, client.WithRootCAs(roots))
	}
	if c.transport != nil {
		return []client.Option{client.WithTransport(c.transport)}, nil
	}
	return options, nil
}

// rootsWith returns the certificates of the system and those of a file.
func rootsWith(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate: it takes PEM, text with lines -----BEGIN CERTIFICATE-----", file)
	}
	return roots, nil
}
