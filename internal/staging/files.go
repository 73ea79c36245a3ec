package staging

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Lock keeps a directory for this process until it ends or unlock is called, where the system can do that. It fails when
// another one has it.
func Lock(dir string) (unlock func(), err error) {
	unlock, held := lock(dir)
	if !held {
		unlock()
		return nil, fmt.Errorf("another process uses %s", dir)
	}
	return unlock, nil
}

const (
	lockWait  = 5 * time.Second
	lockPause = 10 * time.Millisecond
)

// exclusively does something while no other process does so for the same directory. What is not a directory is not locked.
func exclusively(dir string, do func() error) error {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return do()
	}
	unlock, err := Lock(dir)
	for begun := time.Now(); err != nil; unlock, err = Lock(dir) {
		if time.Since(begun) > lockWait {
			return err
		}
		<-time.After(lockPause)
	}
	defer unlock()
	return do()
}

// ReplaceFile replaces a file that is private to its owner all at once, and makes sure that it is on the disk. What is not a
// regular file is refused. An error of write leaves the file as it was.
func ReplaceFile(name string, write func(io.Writer) error) error {
	a, err := OpenFile(name, func(string) error { return nil })
	if err != nil {
		return err
	}
	err = writeFile(filepath.Join(a.Dir, "file"), write)
	if err == nil {
		err = a.PublishFile("file", false)
	}
	if err != nil {
		return errors.Join(err, a.Remove())
	}
	return nil
}

// WriteFile writes a file that is private to its owner, and makes sure that it is on the disk. It follows no symlink.
func WriteFile(name string, data []byte) error {
	return writeFile(name, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func writeFile(name string, write func(io.Writer) error) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC|noFollow, 0o600)
	if err != nil {
		return err
	}
	b := bufio.NewWriterSize(f, 64<<10)
	if err := write(b); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(b.Flush(), f.Sync(), f.Close())
}

// SyncDir makes sure that the names in a directory are on the disk, where the system can do that.
func SyncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) && !errors.Is(err, fs.ErrPermission) {
		return errors.Join(err, f.Close())
	}
	return f.Close()
}

// Foreign reports an error when a directory holds anything but these names and areas of ours. A directory that is not
// there holds nothing.
func Foreign(dir string, names ...string) error {
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is no directory: choose a new or empty one", dir)
	}
	list, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the output directory cannot be read: %w", err)
	}
	for _, e := range list {
		path := filepath.Join(dir, e.Name())
		if slices.Contains(names, e.Name()) || isArea(path) || areaName.MatchString(e.Name()) && !exists(path) {
			continue
		}
		return fmt.Errorf("%s holds %q, which is not part of a result: choose a new or empty directory", dir, e.Name())
	}
	return nil
}
