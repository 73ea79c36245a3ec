package postgres

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jumpgraph/jumpgraph"
)

// readers are the words that a statement may begin with that only reads.
var readers = []string{"SELECT", "WITH", "VALUES", "TABLE"}

// numbered replaces the parameters of a statement, :name, by those of PostgreSQL, $1 and so on. It returns their names. What
// stands in quotation marks and comments stays as it is.
func numbered(query string) (text string, names []string, err error) {
	s := scanner{text: query}
	begun := false
	for !s.done() {
		kind, part := s.next()
		switch {
		case kind == tokenParameter:
			i := slices.Index(names, part[1:])
			if i < 0 {
				names = append(names, part[1:])
				i = len(names) - 1
			}
			s.out.WriteString("$" + strconv.Itoa(i+1))
			continue
		case kind == tokenWord && !begun:
			if !slices.Contains(readers, strings.ToUpper(part)) {
				return "", nil, fmt.Errorf("%w: the statement does more than read: use SELECT", jumpgraph.ErrUsage)
			}
			begun = true
		}
		s.out.WriteString(part)
	}
	if !begun {
		return "", nil, fmt.Errorf("%w: no statement", jumpgraph.ErrUsage)
	}
	return s.out.String(), names, nil
}

// token is a kind of part of a statement.
type token int

const (
	tokenOther     token = iota // a sign
	tokenWord                   // a name or a number
	tokenParameter              // :name
	tokenQuoted                 // what is read as it is: in quotation marks, or a comment
)

// scanner takes a statement apart.
type scanner struct {
	text string
	at   int
	out  strings.Builder
}

func (s *scanner) done() bool { return s.at >= len(s.text) }

// next returns the next part.
func (s *scanner) next() (token, string) {
	rest := s.text[s.at:]
	kind, n := tokenOther, 1
	switch c := rest[0]; {
	case c == '\'' || c == '"':
		kind, n = tokenQuoted, quotedLength(rest, c)
	case strings.HasPrefix(rest, "--"):
		kind, n = tokenQuoted, lengthTo(rest, "\n")
	case strings.HasPrefix(rest, "/*"):
		kind, n = tokenQuoted, lengthTo(rest, "*/")
	case c == '$':
		kind, n = tokenQuoted, dollarLength(rest)
	case strings.HasPrefix(rest, "::"):
		n = 2
	case c == ':' && len(rest) > 1 && isLetter(rest[1]):
		kind, n = tokenParameter, 1+wordLength(rest[1:])
	case isLetter(c) || c >= '0' && c <= '9':
		kind, n = tokenWord, wordLength(rest)
	}
	s.at += n
	return kind, rest[:n]
}

func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' || c >= 0x80
}

func wordLength(s string) int {
	n := 0
	for n < len(s) && (isLetter(s[n]) || s[n] >= '0' && s[n] <= '9') {
		n++
	}
	return n
}

// quotedLength is how long a part in quotation marks is, in which two of them stand for one.
func quotedLength(s string, mark byte) int {
	for i := 1; i < len(s); i++ {
		if s[i] != mark {
			continue
		}
		if i+1 < len(s) && s[i+1] == mark {
			i++
			continue
		}
		return i + 1
	}
	return len(s)
}

func lengthTo(s, end string) int {
	if i := strings.Index(s, end); i >= 0 {
		return i + len(end)
	}
	return len(s)
}

// dollarLength is how long a text between dollars is, such as $a$it's$a$; 1 for a dollar alone.
func dollarLength(s string) int {
	tag := strings.IndexByte(s[1:], '$')
	if tag < 0 || wordLength(s[1:1+tag]) != tag {
		return 1
	}
	mark := s[:tag+2]
	return len(mark) + lengthTo(s[len(mark):], mark)
}
