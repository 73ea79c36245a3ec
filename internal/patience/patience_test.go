package patience_test

import (
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/jumpgraph/jumpgraph/internal/patience"
)

func TestRetryAfter_ReadsEveryFormAndIsNeverTooShort(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	const forever = time.Duration(math.MaxInt64)
	for name, tt := range map[string]struct {
		values []string
		want   time.Duration
	}{
		"none":               {nil, 0},
		"empty":              {[]string{""}, 0},
		"seconds":            {[]string{"20"}, 20 * time.Second},
		"with blanks":        {[]string{" 20 "}, 20 * time.Second},
		"with a fraction":    {[]string{"1.5"}, 1500 * time.Millisecond},
		"none at all":        {[]string{"0"}, 0},
		"negative":           {[]string{"-5"}, 0},
		"a day":              {[]string{"86400"}, 24 * time.Hour},
		"2^31":               {[]string{"2147483648"}, 2147483648 * time.Second},
		"2^32":               {[]string{"4294967296"}, 4294967296 * time.Second},
		"2^63":               {[]string{"9223372036854775808"}, forever},
		"10^30":              {[]string{"1000000000000000000000000000000"}, forever},
		"10^400":             {[]string{"1" + string(make0(400))}, forever},
		"a date":             {[]string{"Fri, 02 Jan 2026 03:05:05 GMT"}, time.Minute},
		"a date in the past": {[]string{"Fri, 02 Jan 2026 03:03:05 GMT"}, 0},
		"a date far away":    {[]string{"Fri, 31 Dec 9999 23:59:59 GMT"}, forever},
		"an old form":        {[]string{"Friday, 02-Jan-26 03:05:05 GMT"}, time.Minute},
		"another old form":   {[]string{"Fri Jan  2 03:05:05 2026"}, time.Minute},
		"with an offset":     {[]string{"Fri, 02 Jan 2026 04:05:05 +0100"}, time.Minute},
		"as in JSON":         {[]string{"2026-01-02T03:05:05Z"}, time.Minute},
		"words":              {[]string{"soon"}, 0},
		"twice":              {[]string{"5", "30"}, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{"Retry-After": tt.values}
			if got := patience.RetryAfter(h, now); got != tt.want {
				t.Errorf("%q is %v, want %v", tt.values, got, tt.want)
			}
		})
	}
}

// make0 returns a number of zeros.
func make0(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = '0'
	}
	return b
}
