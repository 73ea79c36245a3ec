package config

import "time"

// CommandTime sets how long commands may take.
func CommandTime(d time.Duration) { commandTime = d }
