package client_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/jumpcloudtest"
)

// TestProviders_ListTheirOrganizationsWhole lists more than a page of them, beside those of another provider.
func TestProviders_ListTheirOrganizationsWhole(t *testing.T) {
	t.Parallel()
	var orgs []*jumpcloudtest.Organization
	var want []string
	for i := range uint64(250) {
		o := jumpcloudtest.Synthetic(i+1, jumpcloudtest.Size{})
		o.Self["provider"] = "5c3536e9e0a6840001872799"
		if i%5 == 0 {
			o.Self["provider"] = "5c3536e9e0a6840001872800"
		} else {
			want = append(want, o.Self.ID())
		}
		orgs = append(orgs, o)
	}
	s := jumpcloudtest.NewServer(orgs...)
	t.Cleanup(s.Close)
	c := dial(t, s.URL, s.Key).ForOrg(orgs[0].Self.ID()) // it must not be sent
	found := map[string]bool{}
	for o, err := range c.Providers.Organizations(t.Context(), "5c3536e9e0a6840001872799") {
		if err != nil {
			t.Fatal(err)
		}
		if known := o.Organization(); known.ID != o.ID || known.DisplayName != o.Name || o.Name == "" {
			t.Errorf("%+v is known as %+v", o, known)
		}
		found[o.ID] = true
	}
	for _, id := range want {
		if !found[id] {
			t.Errorf("%s is missing", id)
		}
	}
	if diff := cmp.Diff(len(want), len(found)); diff != "" {
		t.Errorf("organizations (-want +got):\n%s", diff)
	}
	page, err := c.Providers.OrganizationsPage(t.Context(), "5c3536e9e0a6840001872800", client.Limit(1))
	if err != nil || page.Total != 50 || len(page.Items) != 1 {
		t.Errorf("the page is %+v, %v; want 1 of 50", page, err)
	}
	if _, err := c.Providers.OrganizationsPage(t.Context(), ""); !errors.Is(err, client.ErrInvalid) {
		t.Errorf("without a provider: %v", err)
	}
}
