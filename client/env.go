package client

import (
	"errors"
	"fmt"
	"strconv"
)

// ErrNoCredential says that the environment holds no credential.
var ErrNoCredential = errors.New("client: no credential: set JUMPCLOUD_API_KEY (or JC_API_KEY), or JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET")

// FromEnv returns a client from environment variables, which getenv looks up; os.Getenv is the usual one. It reads
// JUMPCLOUD_API_KEY (or JC_API_KEY), or else JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET of a service account;
// JUMPCLOUD_ORG_ID (or JC_ORG_ID); JUMPCLOUD_REGION or JUMPCLOUD_API_URL; and JUMPCLOUD_MAX_RPS. The given options come
// after it: [WithRegion] and [WithBaseURL] replace both the region and the URL of the environment. Without a
// credential the error is [ErrNoCredential]. No other function of this package reads the environment.
func FromEnv(getenv func(string) string, options ...Option) (*Client, error) {
	if getenv == nil {
		return nil, errors.New("client: FromEnv needs a function that looks variables up, such as os.Getenv")
	}
	credential, err := credentialFromEnv(getenv)
	if err != nil {
		return nil, err
	}
	env := []Option{WithOrgID(first(getenv, "JUMPCLOUD_ORG_ID", "JC_ORG_ID"))}
	if text := getenv("JUMPCLOUD_MAX_RPS"); text != "" {
		rps, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("client: JUMPCLOUD_MAX_RPS must be a number above zero, not %q", text)
		}
		env = append(env, WithMaxRPS(rps))
	}
	place := func(c *config) error {
		if c.region != "" || c.baseURL != "" {
			return nil
		}
		region, address := getenv("JUMPCLOUD_REGION"), getenv("JUMPCLOUD_API_URL")
		if region != "" && address != "" {
			return errors.New("client: set JUMPCLOUD_REGION or JUMPCLOUD_API_URL, not both")
		}
		if region != "" {
			return WithRegion(Region(region))(c)
		}
		c.baseURL = address
		return nil
	}
	return New(credential, append(append(env, options...), place)...)
}

func credentialFromEnv(getenv func(string) string) (Credential, error) {
	if key := first(getenv, "JUMPCLOUD_API_KEY", "JC_API_KEY"); key != "" {
		return APIKey(key), nil
	}
	id, secret := getenv("JUMPCLOUD_CLIENT_ID"), getenv("JUMPCLOUD_CLIENT_SECRET")
	if id == "" && secret == "" {
		return nil, ErrNoCredential
	}
	return ServiceAccount(id, secret), nil
}

// first returns the first variable that is set.
func first(getenv func(string) string, names ...string) string {
	for _, n := range names {
		if v := getenv(n); v != "" {
			return v
		}
	}
	return ""
}
