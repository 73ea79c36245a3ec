package store

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// Outcome is how a run ended.
type Outcome struct {
	Organization string
	Status       string // complete, or the kind of failure
	Reason       string // empty when it is complete
	Requests     int64
	Changes      int64 // recorded by the run
	Took         time.Duration
}

// Ended notes how a run ended, by the clock of the database.
func (s *Store) Ended(ctx context.Context, o Outcome) error {
	_, err := s.Pool.Exec(ctx, "INSERT INTO "+s.table("outcome")+` AS o (organization, ended, status, reason, requests, changes, seconds, completed)
		VALUES ($1, clock_timestamp(), $2, $3, $4, $5, $6, CASE WHEN $2 = 'complete' THEN clock_timestamp() END)
		ON CONFLICT (organization) DO UPDATE SET ended = EXCLUDED.ended, status = EXCLUDED.status, reason = EXCLUDED.reason, requests = EXCLUDED.requests,
			changes = EXCLUDED.changes, seconds = EXCLUDED.seconds, completed = coalesce(EXCLUDED.completed, o.completed)`,
		o.Organization, o.Status, writable(o.Reason), o.Requests, o.Changes, o.Took.Seconds())
	return explain("note how the run ended", err)
}

// SinceEnded is how long ago the last run of an organization ended, by the clock of the database; a day where there was none.
func (s *Store) SinceEnded(ctx context.Context, id string) (time.Duration, error) {
	ago := float64(24 * 60 * 60)
	rows, err := s.Pool.Query(ctx, "SELECT extract(epoch FROM clock_timestamp() - ended)::float8 FROM "+s.table("outcome")+" WHERE organization = $1", id)
	if err == nil {
		_, err = pgx.ForEachRow(rows, []any{&ago}, func() error { return nil })
	}
	return time.Duration(ago * float64(time.Second)), explain("look when the last run ended", err)
}

// Changed is how many changes the last complete run of an organization has recorded.
func (s *Store) Changed(ctx context.Context, id string) (n int64, err error) {
	graph := pgx.Identifier{s.graph()}.Sanitize()
	err = s.Pool.QueryRow(ctx, "SELECT count(*) FROM "+graph+".changes c JOIN "+graph+".organization o ON o.id = c._organization AND o.run = c.run WHERE o.id = $1", id).Scan(&n)
	return n, explain("count the changes", err)
}

// State is what is known of an organization. Times are zero and numbers -1 where nothing is known.
type State struct {
	ID, Name, Credential string
	Left                 time.Time
	Completed            time.Time     // when the rows were written that are there now
	Age                  time.Duration // since then, by the clock of the database; -1 when there are none
	Ended                time.Time     // when the last run ended
	Status, Reason       string        // how it ended
	Requests             int64         // of the last complete run
	Changes              int64
	Took                 time.Duration
}

// States returns the state of all organizations, by id.
func (s *Store) States(ctx context.Context) ([]*State, error) {
	graph := pgx.Identifier{s.graph(), "organization"}.Sanitize()
	rows, err := s.Pool.Query(ctx, `SELECT m.organization, m.name, m.credential, m.left_at, g.committedAt, o.completed,
			extract(epoch FROM clock_timestamp() - coalesce(o.completed, to_timestamp(g.committedAt / 1000.0)))::float8,
			o.ended, coalesce(o.status, ''), coalesce(o.reason, ''), coalesce(g.requests, o.requests, -1), coalesce(o.changes, -1), coalesce(o.seconds, 0)
		FROM `+s.table("member")+` m LEFT JOIN `+graph+` g ON g.id = m.organization LEFT JOIN `+s.table("outcome")+` o USING (organization)
		ORDER BY m.organization`)
	if err != nil {
		return nil, explain("read the state of the fleet", err)
	}
	states, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (*State, error) {
		var left, completed, ended *time.Time
		var committed *int64
		var age *float64
		var took float64
		st := &State{Age: -1}
		err := row.Scan(&st.ID, &st.Name, &st.Credential, &left, &committed, &completed, &age, &ended, &st.Status, &st.Reason, &st.Requests, &st.Changes, &took)
		if left != nil {
			st.Left = *left
		}
		if ended != nil {
			st.Ended = *ended
		}
		if committed != nil {
			st.Completed = time.UnixMilli(*committed)
			st.Age = max(0, time.Duration(*age*float64(time.Second))) // without an outcome the time is that of another clock
		}
		st.Took = time.Duration(took * float64(time.Second))
		return st, err
	})
	return states, explain("read the state of the fleet", err)
}

// Change is a row of the table changes.
type Change struct {
	Organization, Kind, Type, Key string
	At                            time.Time
	Properties                    string // as JSON: of each property old and new; empty for what was added or removed
}

// Changes hands on the changes since a time, oldest first: of some organizations, or of all.
func (s *Store) Changes(ctx context.Context, ids []string, since time.Time, take func(Change) error) error {
	table := pgx.Identifier{s.graph(), "changes"}.Sanitize()
	rows, err := s.Pool.Query(ctx, "SELECT _organization, kind, type, key, at, coalesce(properties, '') FROM "+table+
		" WHERE at >= $1 AND ($2::text[] IS NULL OR _organization = ANY ($2)) ORDER BY at, _organization, type, key", since.UnixMilli(), ids)
	if err != nil {
		return explain("read the changes", err)
	}
	var c Change
	var at int64
	_, err = pgx.ForEachRow(rows, []any{&c.Organization, &c.Kind, &c.Type, &c.Key, &at, &c.Properties}, func() error {
		c.At = time.UnixMilli(at)
		return take(c)
	})
	return explain("read the changes", err)
}
