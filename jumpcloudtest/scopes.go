package jumpcloudtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// scopes are the rights that routes need, by how their paths begin, the longest first: any one of the names, also with
// .readonly after it for a route that changes nothing. They are those of JumpCloud's descriptions; that of GET /api/users is
// not described, and taken to be that of its siblings.
var scopes = []struct {
	path  *regexp.Regexp
	names []string
}{
	{regexp.MustCompile(`^/api/v2/applications/[^/]+/associations$`), []string{"associations.applications", "associations"}},
	{regexp.MustCompile(`^/api/v2/radiusservers/[^/]+/associations$`), []string{"associations.radius", "associations"}},
	{regexp.MustCompile(`^/api/v2/(gsuites|office365s|ldapservers|activedirectories)/[^/]+/associations$`), []string{"associations.directories", "associations"}},
	{regexp.MustCompile(`^/api/v2/[^/]+/[^/]+/(users|members|membership)$`), []string{"users"}},
	{regexp.MustCompile(`^/api/v2/(directories|activedirectories|workdays)\b`), []string{"directories"}},
	{regexp.MustCompile(`^/api/v2/(authn|iplists)\b`), []string{"authn"}},
	{regexp.MustCompile(`^/api/v2/roles\b`), []string{"roles"}},
	{regexp.MustCompile(`^/api/v2/service-accounts\b`), []string{"serviceaccounts"}},
	{regexp.MustCompile(`^/api/v2/usergroups\b`), []string{"groups"}},
	{regexp.MustCompile(`^/api/v2/systemgroups\b`), []string{"groups"}},
	{regexp.MustCompile(`^/api/v2/applemdms\b`), []string{"mdm"}},
	{regexp.MustCompile(`^/api/(v2/)?organizations\b`), []string{"organizations"}},
	{regexp.MustCompile(`^/api/(search/)?systemusers\b`), []string{"users"}},
	{regexp.MustCompile(`^/api/(search/)?systems\b`), []string{"systems"}},
	{regexp.MustCompile(`^/api/applications\b`), []string{"applications"}},
	{regexp.MustCompile(`^/api/radiusservers\b`), []string{"radius"}},
	{regexp.MustCompile(`^/api/users\b`), []string{"administrators"}},
}

// Grant lets the key do from now on only what the scopes allow, such as users.readonly; a route that needs another one answers
// 403. Routes whose scopes the server does not know stay open. Without a call of Grant the key may do everything.
func (s *Server) Grant(scopes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.granted = append([]string{}, scopes...)
}

// may reports that the key has a scope that a request needs.
func (s *Server) may(r *http.Request) bool {
	s.mu.RLock()
	granted := s.granted
	s.mu.RUnlock()
	if granted == nil {
		return true
	}
	reads := r.Method == http.MethodGet || strings.HasPrefix(r.URL.Path, "/api/search/")
	for _, needed := range scopes {
		if !needed.path.MatchString(r.URL.Path) {
			continue
		}
		return slices.ContainsFunc(needed.names, func(name string) bool {
			return slices.Contains(granted, name) || reads && slices.Contains(granted, name+".readonly")
		})
	}
	return true
}
