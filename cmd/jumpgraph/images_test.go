package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestImages_AreWhatTheCommandDraws keeps the pictures of the documentation: make images draws them again.
func TestImages_AreWhatTheCommandDraws(t *testing.T) {
	t.Parallel()
	path, governed := database(t), filepath.Join(t.TempDir(), "governed.db")
	if code, _, stderr := jump(t, nil, "collect", "--demo", "--with", "governance", "--quiet", "--out", governed); code != exitOK {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	for name, args := range map[string][]string{
		"types.svg":         {path},
		"user.svg":          {path, "--focus", "ada.albrecht0", "--depth", "1"},
		"application.svg":   {path, "--focus", "Salesforce"},
		"administrator.svg": {governed, "--focus", "67a092375eed000100100007"},
	} {
		code, picture, stderr := jump(t, nil, append([]string{"view"}, args...)...)
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
			t.Errorf("%s is not what view %v draws (%v): run make images and look at it", image, args[1:], err)
		}
	}
}
