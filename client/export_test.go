package client

// ShortenWaits makes the waits before another attempt a hundredth of the longest that they could be, for tests over
// real HTTP. What JumpCloud asks for with Retry-After stays as long as it is.
func ShortenWaits(c *Client) { c.jitter = func() float64 { return 0.01 } }

// Counted is how many rates a limiter holds.
func Counted(l *Limiter) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.buckets)
}
