package entities

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph/client"
)

var ipList = governs[IPList](5, "jumpcloud_ip_list", "IP List", "Ruleset")

// IPList is a list of addresses that conditional access policies use.
type IPList struct {
	Meta
	ID          string `json:"id" class:"Entity" jc:"id,_id"`
	Name        string `json:"name" class:"Entity" jc:"name,id,_id"`
	DisplayName string `json:"displayName" class:"Entity" jc:"name,id,_id"`
	Description string `json:"description,omitzero" class:"Entity" jc:"description"`
	// Rules are the entries: addresses, ranges with a hyphen and networks, in their order.
	Rules []string `json:"rules,omitzero" class:"Ruleset" jc:"ips"`
	// EntryCount is how many entries the list has. It is 0 for an empty list.
	EntryCount *int64 `json:"entryCount,omitzero" jc:"ips"`
	// HoldsInternet says whether the list holds every address there is, of IPv4 or of IPv6. It is missing where entries that
	// cannot be read leave that open.
	HoldsInternet *bool `json:"holdsInternet,omitzero" jc:"ips"`
	// PrivateOnly says whether all addresses are private, such as 10.0.0.0/8. It is missing for an empty list, and where
	// entries that cannot be read leave it open.
	PrivateOnly *bool `json:"privateOnly,omitzero" jc:"ips"`
}

// NewIPList is the short form of [Converter.IPList].
func NewIPList(l *client.IPList) (*IPList, error) { return Converter{}.IPList(l) }

// IPList makes an entity of a list of addresses. Blank entries are left out; those that are no address, range or network
// are kept and counted as odd.
func (c Converter) IPList(l *client.IPList) (*IPList, error) {
	if l == nil {
		return nil, errNone(ipList)
	}
	id := cmp.Or(l.ID, l.OtherID)
	d, err := c.begin(ipList, id, l.Name, l)
	if err != nil {
		return nil, err
	}
	e := &IPList{ID: id, Name: cmp.Or(l.Name, id), DisplayName: cmp.Or(l.Name, id), Description: l.Description}
	var ranges []addressRange
	unread := slices.ContainsFunc(l.OddFields(), func(f client.OddField) bool { return f.Lost && (f.Path == "ips" || f.Path == "ips[]") })
	if l.IPs == nil {
		d.leave("holdsInternet", unread)
		d.leave("privateOnly", unread)
		e.Meta = d.meta
		return e, nil
	}
	for _, text := range l.IPs {
		entry := strings.TrimSpace(text)
		if r, ok := readRange(entry); ok {
			ranges = append(ranges, r)
		} else {
			unread = true
			d.oddFields([]client.OddField{{Path: "ips[]"}})
		}
		if entry != "" {
			e.Rules = append(e.Rules, entry)
		}
	}
	e.EntryCount = new(int64(len(e.Rules)))
	e.judge(ranges, unread)
	if unread {
		d.leave("holdsInternet", e.HoldsInternet == nil)
		d.leave("privateOnly", e.PrivateOnly == nil)
	}
	e.Meta = d.meta
	return e, nil
}

// judge says what the addresses are. Entries that could not be read leave open what those that could do not prove.
func (l *IPList) judge(ranges []addressRange, unread bool) {
	everything := covers(ranges, netip.MustParseAddr("0.0.0.0")) || covers(ranges, netip.MustParseAddr("::"))
	private := !slices.ContainsFunc(ranges, func(r addressRange) bool { return !r.private() })
	if everything || !unread {
		l.HoldsInternet = &everything
	}
	if !private || !unread && len(ranges) > 0 {
		l.PrivateOnly = &private
	}
}

// leave notes that a property is unknown because of a value that could not be read.
func (d *draft) leave(property string, unknown bool) {
	if unknown && !slices.Contains(d.meta.lost, property) {
		d.meta.lost = append(d.meta.lost, property)
		slices.Sort(d.meta.lost)
	}
}

// addressRange are the addresses from one to another, both included.
type addressRange struct{ from, to netip.Addr }

// readRange reads an address, a range with a hyphen, or a network.
func readRange(entry string) (addressRange, bool) {
	if begin, end, ok := strings.Cut(entry, "-"); ok {
		from, err := netip.ParseAddr(strings.TrimSpace(begin))
		to, errTo := netip.ParseAddr(strings.TrimSpace(end))
		r := addressRange{plainAddr(from), plainAddr(to)}
		return r, err == nil && errTo == nil && r.from.Is4() == r.to.Is4() && !r.to.Less(r.from)
	}
	if !strings.Contains(entry, "/") {
		a, err := netip.ParseAddr(entry)
		return addressRange{plainAddr(a), plainAddr(a)}, err == nil
	}
	p, err := netip.ParsePrefix(entry)
	if err != nil {
		return addressRange{}, false
	}
	p = p.Masked()
	return addressRange{plainAddr(p.Addr()), last(p)}, true
}

// plainAddr returns an address without a zone, and one of IPv4 as such.
func plainAddr(a netip.Addr) netip.Addr { return a.WithZone("").Unmap() }

// last returns the last address of a network.
func last(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	a, _ := netip.AddrFromSlice(b) // of the same length
	return plainAddr(a)
}

// covers reports that ranges hold all addresses of the kind of the first one, which is given.
func covers(ranges []addressRange, first netip.Addr) bool {
	var same []addressRange
	for _, r := range ranges {
		if r.from.Is4() == first.Is4() {
			same = append(same, r)
		}
	}
	slices.SortFunc(same, func(a, b addressRange) int { return a.from.Compare(b.from) })
	next := first
	for _, r := range same {
		if next.Less(r.from) {
			return false
		}
		if after := r.to.Next(); !after.IsValid() {
			return true
		} else if next.Less(after) {
			next = after
		}
	}
	return false
}

// privateNetworks are the networks that are reached from nowhere else.
var privateNetworks = func() []addressRange {
	var all []addressRange
	for _, n := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16", "fc00::/7", "fe80::/10", "::1"} {
		r, _ := readRange(n)
		all = append(all, r)
	}
	return all
}()

// private reports that all addresses of a range are private.
func (r addressRange) private() bool {
	return slices.ContainsFunc(privateNetworks, func(n addressRange) bool {
		return n.from.Is4() == r.from.Is4() && !r.from.Less(n.from) && !n.to.Less(r.to)
	})
}
