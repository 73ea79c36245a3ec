//go:build !linux

package postgres

import "os"

func namelessFile() (*os.File, error) { return unnamedFile() }
