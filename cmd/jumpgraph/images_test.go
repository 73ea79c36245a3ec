package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestImages_AreWhatTheCommandDraws keeps the pictures of the documentation: make images draws them again.
func TestImages_AreWhatTheCommandDraws(t *testing.T) {
	t.Parallel()
	path := database(t)
	for name, args := range map[string][]string{
		"types.svg":       nil,
		"user.svg":        {"--focus", "ada.albrecht0", "--depth", "1"},
		"application.svg": {"--focus", "Salesforce"},
	} {
		code, picture, stderr := jump(t, nil, append([]string{"view", path}, args...)...)
		if code != exitOK {
			t.Fatalf("%s: exit %d: %s", name, code, stderr)
		}
		image := filepath.Join("..", "..", "docs", "images", name)
		if *update {
			if err := os.WriteFile(image, []byte(picture), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(image); err != nil || string(have) != picture {
			t.Errorf("%s is not what view %v draws (%v): run make images and look at it", image, args, err)
		}
	}
}
