package client

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ErrNoCredential says that the environment holds no credential.
var ErrNoCredential = errors.New("client: no credential: set JUMPCLOUD_API_KEY (or JC_API_KEY), or JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET")

// FromEnv returns a client from environment variables, which getenv looks up; os.Getenv is the usual one. It reads
// JUMPCLOUD_API_KEY (or JC_API_KEY), or else JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET of a service account;
// JUMPCLOUD_ORG_ID (or JC_ORG_ID); JUMPCLOUD_REGION or JUMPCLOUD_API_URL; and JUMPCLOUD_MAX_RPS, each as [Setting] reads
// it. The given options come after it: [WithRegion] and [WithBaseURL] replace both the region and the URL of the
// environment, [WithMaxRPS] and [WithLimiter] its rate. Without a credential the error is [ErrNoCredential]. No other function of this package reads a
// variable of its own; the proxy is that of net/http's ProxyFromEnvironment.
func FromEnv(getenv func(string) string, options ...Option) (*Client, error) {
	if getenv == nil {
		return nil, errors.New("client: FromEnv needs a function that looks variables up, such as os.Getenv")
	}
	credential, err := credentialFromEnv(getenv)
	if err != nil {
		return nil, err
	}
	org, err := first(getenv, "JUMPCLOUD_ORG_ID", "JC_ORG_ID")
	if err != nil {
		return nil, err
	}
	var rps float64
	if text := getenv("JUMPCLOUD_MAX_RPS"); trimmed(text) != "" {
		if rps, err = RateSetting("JUMPCLOUD_MAX_RPS", text); err != nil {
			return nil, err
		}
	}
	rate := func(c *config) error {
		if c.maxRPS == 0 && c.limiter == nil {
			c.maxRPS = rps
		}
		return nil
	}
	place := func(c *config) error {
		if c.region != "" || c.baseURL != "" {
			return nil
		}
		region, wrongRegion := RegionSetting("JUMPCLOUD_REGION", getenv("JUMPCLOUD_REGION"))
		address, wrongURL := URLSetting("JUMPCLOUD_API_URL", getenv("JUMPCLOUD_API_URL"))
		if err := errors.Join(wrongRegion, wrongURL); err != nil {
			return err
		}
		if region != "" && address != "" {
			return errors.New("client: set JUMPCLOUD_REGION or JUMPCLOUD_API_URL, not both")
		}
		c.region, c.baseURL = region, address
		return nil
	}
	return New(credential, slices.Concat([]Option{WithOrgID(org)}, options, []Option{rate, place})...)
}

func credentialFromEnv(getenv func(string) string) (Credential, error) {
	key, err := first(getenv, "JUMPCLOUD_API_KEY", "JC_API_KEY")
	if err != nil {
		return nil, err
	}
	if key != "" {
		return APIKey(key), nil
	}
	id, err := first(getenv, "JUMPCLOUD_CLIENT_ID")
	if err != nil {
		return nil, err
	}
	secret, err := first(getenv, "JUMPCLOUD_CLIENT_SECRET")
	switch {
	case err != nil:
		return nil, err
	case id == "" && secret == "":
		return nil, ErrNoCredential
	case id == "" || secret == "":
		return nil, errors.New("client: a service account needs a client id and a client secret: set JUMPCLOUD_CLIENT_ID and JUMPCLOUD_CLIENT_SECRET")
	}
	return ServiceAccount(id, secret), nil
}

// first returns the first variable that is set, as a setting.
func first(getenv func(string) string, names ...string) (string, error) {
	for _, n := range names {
		if v, err := Setting(n, getenv(n)); v != "" || err != nil {
			return v, err
		}
	}
	return "", nil
}

// Setting reads a value that people write into an environment variable or after a flag: a word, an id or a key. Blanks,
// line breaks and a byte-order mark around it are dropped, so that it may come from a file. Quotes around it, and blanks
// in it, are errors that call it by its name and do not show it, since it may be a key.
func Setting(name, text string) (string, error) {
	text = trimmed(text)
	switch {
	case quoted(text):
		return "", fmt.Errorf("client: %s stands in quotes: write the value without them", name)
	case strings.ContainsFunc(text, blank), strings.ContainsFunc(text, unicode.IsControl):
		return "", fmt.Errorf("client: %s holds a blank or a line break, a character that no id has, and no key or word either: write the value alone, in one piece", name)
	}
	return text, nil
}

// RegionSetting reads a region as [Setting] does, in small or capital letters. An empty text gives none.
func RegionSetting(name, text string) (Region, error) {
	text, err := Setting(name, text)
	if err != nil || text == "" {
		return "", err
	}
	r := Region(strings.ToLower(text))
	if r.ConsoleURL() == "" {
		return "", fmt.Errorf("client: %s: unknown region %q: use us, eu or in", name, text)
	}
	return r, nil
}

// URLSetting reads an address for [WithBaseURL] as [Setting] does. An empty text gives none.
func URLSetting(name, text string) (string, error) {
	text, err := Setting(name, text)
	if err != nil || text == "" {
		return "", err
	}
	if _, err := safeURL(text); err != nil {
		return "", fmt.Errorf("client: %s: %w", name, err)
	}
	return text, nil
}

// RateSetting reads a request rate for [WithMaxRPS] as [Setting] does.
func RateSetting(name, text string) (float64, error) {
	text, err := Setting(name, text)
	if err != nil {
		return 0, err
	}
	rps, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(rps) || rps <= 0 {
		return 0, fmt.Errorf("client: %s must be a number above zero, such as 8, not %q", name, text)
	}
	return rps, nil
}

// trimmed drops blanks, line breaks and byte-order marks around a text.
func trimmed(text string) string { return strings.TrimFunc(text, blank) }

// blank reports a character that shows nothing: white space, a byte-order mark, or a space without width.
func blank(r rune) bool { return unicode.IsSpace(r) || r == '\uFEFF' || r == '\u200B' || r == '\u2060' }

// quoted reports a text that begins or ends with a quotation mark of any kind.
func quoted(text string) bool {
	const marks = "\"'`\u201C\u201D\u201E\u2018\u2019\u201A\u00AB\u00BB"
	return text != strings.Trim(text, marks)
}
