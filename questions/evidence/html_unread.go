package evidence

import (
	"maps"
	"slices"
	"strings"

	"github.com/jumpgraph/jumpgraph"
	"github.com/jumpgraph/jumpgraph/questions"
)

// htmlUnread is what the answers lack.
type htmlUnread struct {
	Run     []string     // what is said of the run and of the organizations
	Missing []htmlSource // what was forbidden, left out, or not read to the end
	Unused  []htmlSource // what the organization does not use
	Values  []htmlReason // what is not known of single objects
	Omitted []string     // which questions were left out
}

// htmlReason is a reason, with the answers that have it.
type htmlReason struct {
	Text    string
	Affects []*htmlAnswer
}

// Nothing reports that all was read, and everything that counts is known.
func (u htmlUnread) Nothing() bool {
	return len(u.Run)+len(u.Missing)+len(u.Unused)+len(u.Values) == 0
}

func newHTMLUnread(p *htmlPage) htmlUnread {
	u := htmlUnread{Run: runProblems(p.Report), Omitted: p.Report.omitted()}
	for _, s := range p.Sources {
		switch {
		case s.Status == jumpgraph.Complete:
		case s.unused():
			u.Unused = append(u.Unused, s)
		default:
			u.Missing = append(u.Missing, s)
		}
	}
	for _, a := range p.Answered {
		for _, text := range p.Report.unsaid(a.Answer) {
			u.addValue(text, a)
		}
	}
	return u
}

func (u *htmlUnread) addValue(text string, a *htmlAnswer) {
	i := slices.IndexFunc(u.Values, func(r htmlReason) bool { return r.Text == text })
	if i < 0 {
		i = len(u.Values)
		u.Values = append(u.Values, htmlReason{Text: text})
	}
	if !slices.Contains(u.Values[i].Affects, a) {
		u.Values[i].Affects = append(u.Values[i].Affects, a)
	}
}

// runProblems says what is missing of the run as a whole, and of whole organizations.
func runProblems(r *Report) []string {
	var all []string
	switch {
	case r.Run.Reason != "":
		all = append(all, "The run is "+string(r.Run.Status)+" and ended early: "+r.Run.Reason)
	case r.Run.Status != jumpgraph.Complete:
		all = append(all, "The run is "+string(r.Run.Status)+": not everything was read that it should read.")
	}
	if len(r.Organizations) < 2 {
		return all
	}
	for _, o := range r.Organizations {
		if o.Status != jumpgraph.Complete {
			all = append(all, "The organization "+organizationName(o)+" is "+string(o.Status)+".")
		}
	}
	return all
}

// unsaid returns the reasons of an answer that are not about whole collections, which are listed themselves.
func (r *Report) unsaid(a *Answer) []string {
	none := empty(a.Sources)
	return slices.DeleteFunc(slices.Clone(a.Reasons), func(reason string) bool {
		return slices.Contains(none, reason) || r.ofCollection(a, reason)
	})
}

// ofCollection reports that a reason of an answer says how a collection was read, or the run.
func (r *Report) ofCollection(a *Answer, reason string) bool {
	if r.Run.Reason != "" && strings.HasSuffix(reason, r.Run.Reason) {
		return true
	}
	return slices.ContainsFunc(a.Sources, func(s Source) bool {
		return s.Status != jumpgraph.Complete && (reason == s.problem() || reason == s.Organization+": "+s.problem())
	})
}

// fix says what to do about a collection that is missing.
func fix(s Source) string {
	switch s.Status {
	case jumpgraph.Complete:
		return ""
	case jumpgraph.Forbidden:
		return "Give the credential a role that may read " + s.Collection + ", such as Read Only" + orScope(s.Collection) + ", and collect again."
	case jumpgraph.Unlicensed:
		return "The organization has no licence for " + s.Collection + ": with one, collect again."
	case jumpgraph.Skipped:
		return "Collect again without leaving out " + s.Collection + "."
	case jumpgraph.Unavailable:
		return "If the organization should use " + s.Collection + ", look at its plan and settings; otherwise the question does not apply."
	default:
		return "Collect again: " + s.Collection + " was not read to its end."
	}
}

// orScope names the scope that a service account needs for a collection, as the end of a list of rights.
func orScope(collection string) string {
	for _, c := range jumpgraph.Collections() {
		if c.Name == collection && c.Scope != "" {
			return ", or a service account the scope " + c.Scope
		}
	}
	return ""
}

// todo says what to do so that an answer is not unknown any more. It is empty for the others.
func (r *Report) todo(a *Answer) []string {
	if a.shownStatus() != Unknown {
		return nil
	}
	var all []string
	for _, s := range incomplete(a.Sources) {
		if text := fix(s); text != "" && !slices.Contains(all, text) {
			all = append(all, text)
		}
	}
	switch {
	case a.NotChosen != "":
		all = append(all, "Collect again with --with "+string(a.NotChosen)+".")
	case len(a.UnknownRows) > 0:
		all = append(all, "Look in JumpCloud at the objects of the table below, and collect again once JumpCloud says what is missing.")
	case len(all) == 0 && len(r.unsaid(a)) > 0:
		all = append(all, "See to what the reasons name, and collect again.")
	case len(all) == 0 && len(empty(a.Sources)) > 0:
		all = append(all, "If there should be some, look at whether the right organization was collected; otherwise the question does not apply.")
	case len(all) == 0:
		all = append(all, "Collect again.")
	}
	return all
}

// sortedNames returns the names of values, sorted.
func sortedNames(values map[string]any) []string { return slices.Sorted(maps.Keys(values)) }

// parameterText is the value of a parameter as text. The time of the collection is shown as a time, too.
func parameterText(name string, v any) string {
	text := Text(v)
	if v == nil {
		return "not set"
	}
	if ms, whole := wholeNumber(v); whole && name == questions.Now {
		text += " (" + utc(ms) + " UTC)"
	}
	return text
}
