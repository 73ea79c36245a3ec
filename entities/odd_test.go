package entities_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/jumpgraph/jumpgraph/client"
	"github.com/jumpgraph/jumpgraph/entities"
)

func device(t *testing.T, fields string) *entities.Device {
	t.Helper()
	var s client.System
	if err := json.Unmarshal([]byte(fields), &s); err != nil {
		t.Fatal(err)
	}
	s.ID = "5f0c1d2e3a4b5c6d7e8f9001"
	d, err := entities.NewDevice(&s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDevice_OddAddressesAreCountedAndPrivateOnesAreNotPublic(t *testing.T) {
	t.Parallel()
	for remote, public := range map[string][]string{
		"198.51.100.7": {"198.51.100.7"}, "10.1.2.3": nil, "127.0.0.1": nil, "169.254.1.1": nil, "fe80::1": nil, "fd00::1": nil, "100.64.0.1": nil, "": nil,
	} {
		d := device(t, `{"remoteIP":"`+remote+`"}`)
		if !slices.Equal(d.PublicIPAddresses, public) || len(d.Odd()) > 0 {
			t.Errorf("%q gives the public addresses %v and is odd in %v; want %v", remote, d.PublicIPAddresses, d.Odd(), public)
		}
	}
	d := device(t, `{"remoteIP":"nowhere","networkInterfaces":[{"address":"10.0.0.1"},{"address":"??"},{"address":"!!"}]}`)
	want := []client.OddField{{Path: "remoteIP", Lost: true}, {Path: "networkInterfaces[].address", Lost: true}}
	if !slices.Equal(d.Odd(), want) || !slices.Equal(d.IPv4Addresses, []string{"10.0.0.1"}) {
		t.Errorf("odd in %v, addresses %v", d.Odd(), d.IPv4Addresses)
	}
	for _, p := range []string{"publicIpAddresses", "privateIpAddresses", "ipv4Addresses"} {
		if !slices.Contains(d.Unknown(), p) {
			t.Errorf("%s is not unknown: %v", p, d.Unknown())
		}
	}
}

func TestDevice_WindowsKeepsItsBuild(t *testing.T) {
	t.Parallel()
	d := device(t, `{"os":"Windows","version":"10 Pro","osVersionDetail":{"major":"10","minor":"0","patch":null,"revision":"19045"}}`)
	if d.OSVersion == nil || *d.OSVersion != "10.0.19045" {
		t.Errorf("osVersion is %v, want 10.0.19045", d.OSVersion)
	}
}

func TestUser_AStateOfTheFutureIsCounted(t *testing.T) {
	t.Parallel()
	for state, odd := range map[string]bool{"RETIRED": true, "Staged": false, "": false, " ": false} {
		u, err := entities.NewUser(&client.SystemUser{ID: "5f0c1d2e3a4b5c6d7e8f9001", State: state})
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(u.Odd(), client.OddField{Path: "state", Lost: true}); got != odd || slices.Contains(u.Unknown(), "state") != odd {
			t.Errorf("%q: odd in %v, unknown %v", state, u.Odd(), u.Unknown())
		}
	}
}

func TestUnknown_SurvivesBeingStored(t *testing.T) {
	t.Parallel()
	u, err := entities.NewUser(&client.SystemUser{ID: "5f0c1d2e3a4b5c6d7e8f9001", State: "RETIRED"})
	if err != nil {
		t.Fatal(err)
	}
	back := &entities.User{Meta: entities.Meta{Type: u.Type}}
	back.SetUnknown(u.Unknown())
	assumed := slices.Sorted(slices.Values(u.Assumed()))
	if !slices.Equal(back.Unknown(), u.Unknown()) || !slices.Equal(back.Assumed(), assumed) || len(assumed) == 0 {
		t.Errorf("unknown %v, assumed %v; want %v, %v", back.Unknown(), back.Assumed(), u.Unknown(), assumed)
	}
}
