package cassettes

import "github.com/dnaeon/go-vcr/v2/cassette"

// Of returns a transport for the text of a tape.
func Of(name, text string) (*Replay, error) {
	t, err := read(name, []byte(text))
	return &Replay{name: name, tape: t, err: err}, err
}

// Project leaves only some fields of the records of an answer. It is not ok where the answer is no list.
func Project(body string, fields []string) (text string, ok bool) {
	l, ok := listOf(&cassette.Response{Body: body})
	if !ok {
		return "", false
	}
	return l.project(fields), true
}

// Rewound returns a transport for the same tape from its beginning, without reading it again.
func (r *Replay) Rewound() *Replay {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.load() != nil {
		return &Replay{name: r.name}
	}
	fresh := &tape{name: r.name}
	for _, recorded := range r.tape.recordings {
		again := *recorded
		again.given = false
		fresh.recordings = append(fresh.recordings, &again)
	}
	return &Replay{name: r.name, tape: fresh}
}
