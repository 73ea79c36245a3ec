// Package format checks single values of the data model: addresses, host names, links, numbers, lists.
//
// Package entities asks it before a value is used, the generated checks ask it for typed values, and package schemas for
// stored ones. All must agree, so none of them can own it.
package format

import (
	"math"
	"net/mail"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Checks are the formats that schemas may name, with their checks.
var Checks = map[string]func(string) bool{
	"email": Email,
	"fqdn":  FQDN,
	"ip":    IP,
	"ipv4":  IPv4,
	"ipv6":  IPv6,
	"uri":   URI,
}

// IP reports whether s is an address of either version, without a zone.
func IP(s string) bool { return IPv4(s) || IPv6(s) }

// IPv4 reports whether s is an IPv4 address.
func IPv4(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is4()
}

// IPv6 reports whether s is an IPv6 address without a zone.
func IPv6(s string) bool {
	a, err := netip.ParseAddr(s)
	return err == nil && a.Is6() && a.Zone() == ""
}

// URI reports whether s is an absolute URI.
func URI(s string) bool {
	if isLink(s) {
		return true
	}
	u, err := url.Parse(s)
	return err == nil && u.IsAbs() && !strings.ContainsAny(s, " \t\r\n")
}

// isLink reports that s is a link of characters alone that mean nothing in a URI, slashes and number signs, which is always
// a URI. Nearly all are.
func isLink(s string) bool {
	const scheme = "https://"
	if !strings.HasPrefix(s, scheme) {
		return false
	}
	for i := len(scheme); i < len(s); i++ {
		if !inLink[s[i]] {
			return false
		}
	}
	return true
}

// inLink are the characters of such links.
var inLink = func() (is [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/#") {
		is[c] = true
	}
	return is
}()

// Email reports whether s is a bare e-mail address.
func Email(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s
}

// Hostname reports whether s is a single label of 2 to 63 letters, digits and inner hyphens.
func Hostname(s string) bool {
	return len(s) >= 2 && len(s) <= 63 && label(s)
}

// FQDN reports whether s is a dotted name of 4 to 253 characters whose labels hold letters, digits and inner hyphens,
// and whose last label is of 2 to 63 letters.
func FQDN(s string) bool {
	if len(s) < 4 || len(s) > 253 {
		return false
	}
	labels := strings.Split(s, ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || len(last) < 2 || len(last) > 63 || strings.ContainsFunc(last, func(r rune) bool { return !letter(r) }) {
		return false
	}
	for _, l := range labels[:len(labels)-1] {
		if len(l) > 63 || !label(l) {
			return false
		}
	}
	return true
}

// label reports whether s holds only letters, digits and inner hyphens.
func label(s string) bool {
	return s != "" && s[0] != '-' && s[len(s)-1] != '-' &&
		!strings.ContainsFunc(s, func(r rune) bool { return !letter(r) && (r < '0' || r > '9') && r != '-' })
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// LowerMAC reports whether s is a hardware address in lower case with colons.
func LowerMAC(s string) bool { return s != "" && MAC(s) == s }

// MAC returns a hardware address in lower case with colons, or the empty string when s is none.
func MAC(s string) string {
	digits := strings.Map(func(r rune) rune {
		if r == ':' || r == '-' || r == '.' {
			return -1
		}
		return r
	}, strings.ToLower(strings.TrimSpace(s)))
	if len(digits) != 12 || strings.Trim(digits, "0123456789abcdef") != "" {
		return ""
	}
	var b strings.Builder
	for i := 0; i < 12; i += 2 {
		if i > 0 {
			b.WriteByte(':')
		}
		b.WriteString(digits[i : i+2])
	}
	return b.String()
}

// Finite reports whether f is a number that JSON can hold.
func Finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// Each reports whether every text of a list passes a check.
func Each(list []string, check func(string) bool) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return !check(s) })
}

// Repeats reports whether a list has a text twice. It is for short lists.
func Repeats(list []string) bool {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return true
		}
	}
	return false
}
