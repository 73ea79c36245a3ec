package watch_test

import (
	"slices"
	"testing"

	"github.com/jumpgraph/jumpgraph/watch"
)

// TestCommand_GetsNoneOfOurVariables, whatever stands before their name, in any case, and under another name.
func TestCommand_GetsNoneOfOurVariables(t *testing.T) {
	t.Parallel()
	kept := []string{"PATH=/bin", "HOME=/home/jc", "OBJC_DISABLE=1", "ORG_ID=acme", "EMPTY=", "=C:=C:\\", "CHANNEL=jumpcloud"}
	secret := "0123456789abcdef0123456789abcdef01234567"
	got := watch.Without(append([]string{
		"JUMPCLOUD_API_KEY=" + secret, "JC_API_KEY=x", "JUPITERONE_API_KEY=y", "JUPITERONE_ACCOUNT=acme", "JUMPCLOUD_ORG_ID=acme",
		"jumpcloud_client_secret=z", "Jc_Org_Id=o", "jupiterone_api_key=y", "MY_JUMPCLOUD_API_KEY=x", "TF_VAR_jumpcloud_api_key=x",
		"CI_JC_API_KEY=x", "J1_API_KEY=y", "JUMPGRAPH_TOKEN=t", "JUMPCLOUDAPIKEY=x", "jc-api-key=x",
		"BACKUP_OF_IT=" + secret, "HEADER=Bearer " + secret,
	}, kept...))
	if !slices.Equal(got, kept) {
		t.Errorf("the program gets %q, want %q", got, kept)
	}
}
