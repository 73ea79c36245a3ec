package cassettes

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// The reasons below quote the tape, and of the request only the numbers of its page: its query and its body can hold anything,
// a credential among it.

// mostNamed is how many things of one kind a reason names.
const mostNamed = 12

// named joins different texts, sorted as they come, up to mostNamed.
func named(list []string, separator string) string {
	var different []string
	for _, text := range list {
		if !slices.Contains(different, text) {
			different = append(different, text)
		}
	}
	if more := len(different) - mostNamed; more > 0 {
		different = append(different[:mostNamed], fmt.Sprintf("%d more", more))
	}
	return strings.Join(different, separator)
}

// each takes a text of every recording.
func each(list []*recording, text func(*recording) string) []string {
	var texts []string
	for _, r := range list {
		texts = append(texts, text(r))
	}
	return texts
}

// numbers takes a number of every recording, and joins the different ones in ascending order.
func numbers(list []*recording, number func(*recording) int) string {
	var all []int
	for _, r := range list {
		all = append(all, number(r))
	}
	slices.Sort(all)
	var texts []string
	for _, n := range all {
		texts = append(texts, strconv.Itoa(n))
	}
	return named(texts, ", ")
}

func sizesOf(list []*recording) string {
	return numbers(list, func(r *recording) int { return r.limit })
}

// elsewhere says what the tape holds, where it holds nothing of a path: the same of other objects, a search or a list of the
// same records, or else all.
func (t *tape) elsewhere(all []*recording, q *request) string {
	of := pattern(q.path)
	if alike := filter(all, func(r *recording) bool { return r.method == q.method && pattern(r.path) == of }); len(alike) > 0 {
		return fmt.Sprintf("of %s %s the tape holds %s: ask for one of these", q.method, of,
			named(each(alike, func(r *recording) string { return r.path }), ", "))
	}
	other := counterpart(q.path)
	if alike := filter(all, func(r *recording) bool { return r.path == other }); len(alike) > 0 {
		return fmt.Sprintf("the tape holds %s %s, which lists the same records, but a search does not answer a list, nor a list a search: ask as it was recorded",
			alike[0].method, other)
	}
	texts := each(all, func(r *recording) string { return r.method + " " + pattern(r.path) })
	slices.Sort(texts)
	return fmt.Sprintf("the tape holds %s: ask for one of these, use another tape (%s), or the server of package jumpcloudtest, which answers everything",
		named(texts, ", "), strings.Join(Names(), ", "))
}

// counterpart returns the path of the search that belongs to a list, or of the list that belongs to a search.
func counterpart(path string) string {
	if name, ok := strings.CutPrefix(path, "/api/search/"); ok {
		return "/api/" + name
	}
	return "/api/search/" + strings.TrimPrefix(path, "/api/")
}

// unpaged says that a list was asked without a page, or an object with one.
func (t *tape) unpaged(left []*recording, q *request) string {
	if q.paged {
		return "it was recorded without a page: ask without limit and skip"
	}
	return fmt.Sprintf("it is a list, and was recorded with pages of %s: send that as limit, and skip", sizesOf(left))
}

// otherwise says with which parameters a path was recorded.
func (t *tape) otherwise(left []*recording, _ *request) string {
	return fmt.Sprintf("it was recorded with other parameters (sort, filter or another): %s; ask with these, or filter and sort what comes",
		named(each(left, func(r *recording) string { return cmp.Or(strings.TrimSpace(r.what), "none") }), " or "))
}

// starts says where the recorded pages begin.
func (t *tape) starts(left []*recording, q *request) string {
	return fmt.Sprintf("no recorded page begins at record %d: pages of %s were recorded, which begin at %s; read the list from its start, in pages of that size",
		q.skip, sizesOf(left), numbers(left, func(r *recording) int { return r.skip }))
}

// sizes says how large the recorded pages are.
func (t *tape) sizes(left []*recording, q *request) string {
	if smaller := filter(left, func(r *recording) bool { return r.limit < q.limit }); len(smaller) > 0 {
		return fmt.Sprintf("a page of %d is larger than those that were recorded (%s), and a list of edges is read on after as many as were asked for, so records would be passed over: ask for a page of that size, or use the server of package jumpcloudtest",
			q.limit, sizesOf(left))
	}
	return fmt.Sprintf("a page of %d is smaller than those that were recorded (%s, which begin at %d): ask for a page of that size, or leave client.Limit out",
		q.limit, sizesOf(left), q.skip)
}

// fieldLists says with which fields a path was recorded.
func (t *tape) fieldLists(left []*recording, _ *request) string {
	texts := each(left, func(r *recording) string {
		return cmp.Or(strings.Join(r.fields, " "), strings.Join(r.some, " "))
	})
	return fmt.Sprintf("it was recorded with these fields only: %s; ask for some of them", named(texts, "; or with: "))
}

// given says that there is no answer left.
func (t *tape) given(left []*recording, _ *request) string {
	answers := "its recorded answer was given already, and is given"
	if len(left) > 1 {
		answers = fmt.Sprintf("its %d recorded answers were given already, and each is given", len(left))
	}
	return fmt.Sprintf("%s once: begin again with a new cassettes.Transport(%q), which is a fresh tape", answers, t.name)
}
