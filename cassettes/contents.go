package cassettes

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
)

// Content says what a tape holds of one kind of request.
type Content struct {
	// Method is the HTTP method.
	Method string
	// Path is the path below the host, with {id} for each id in it.
	Path string
	// Fields are the fields that were asked for, the id among them; none stands for all.
	Fields []string
	// Answers is how many answers were recorded. Each is given once.
	Answers int
	// Records is how many different records are in the answers, those of each path counted by themselves. An answer that is
	// one object counts as one.
	Records int
	// PageSize is how many records were asked for at once; 0 for requests that have no pages.
	PageSize int
}

// Contents says what a tape holds, sorted by path, method, page size and fields. A kind of request that was recorded with
// several page sizes or lists of fields comes once for each. Of an unknown tape it is an error that names the tapes. Each call
// reads the tape anew.
func Contents(name string) ([]Content, error) {
	t, err := open(name)
	if err != nil {
		return nil, err
	}
	return t.contents(), nil
}

func (t *tape) contents() []Content {
	var all []Content
	type record struct {
		row      int
		path, id string
	}
	seen := map[record]bool{}
	for _, r := range t.recordings {
		c := Content{Method: r.method, Path: pattern(r.path), Fields: r.fields, PageSize: r.limit}
		row := slices.IndexFunc(all, func(o Content) bool { return c.compare(o) == 0 })
		if row < 0 {
			row, all = len(all), append(all, c)
		}
		all[row].Answers++
		for _, id := range r.ids() {
			k := record{row, r.path, id}
			if !seen[k] {
				all[row].Records++
			}
			seen[k] = true
		}
	}
	slices.SortFunc(all, Content.compare)
	return all
}

// compare orders contents by what was asked.
func (c Content) compare(o Content) int {
	return cmp.Or(cmp.Compare(c.Path, o.Path), cmp.Compare(c.Method, o.Method), cmp.Compare(c.PageSize, o.PageSize),
		slices.Compare(c.Fields, o.Fields))
}

// ids returns something that tells the records of an answer apart. An object is one record, an error none.
func (r *recording) ids() []string {
	if r.answer.Code >= http.StatusMultipleChoices {
		return nil
	}
	l, ok := listOf(r.answer)
	if !ok && r.paged {
		return nil
	}
	if !ok {
		return []string{""}
	}
	var ids []string
	for _, text := range l.records {
		var record struct {
			V1 string `json:"_id"`
			V2 string `json:"id"`
			To struct {
				ID string `json:"id"`
			} `json:"to"`
		}
		if string(text) == "null" || json.Unmarshal(text, &record) != nil {
			continue // a dead record, or none
		}
		ids = append(ids, cmp.Or(record.V1, record.V2, record.To.ID, string(text)))
	}
	return ids
}
