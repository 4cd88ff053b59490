package tenant

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"
)

// followTime is how often Follow looks at the folder.
const followTime = time.Second

// Follow calls changed once, and then whenever tenants, their limits or who is revoked are
// others than before, which it sees within a second; if changed returns an error, it is
// called again a second later. It returns when ctx ends. A broker that has the operator's
// folder learns so of what other programs do there:
//
//	op.Follow(ctx, func(ctx context.Context) error { return op.Push(ctx, nc) })
func (o *Operator) Follow(ctx context.Context, changed func(context.Context) error) {
	tick := time.NewTicker(followTime)
	defer tick.Stop()
	for last := ""; ; {
		now, err := o.fingerprint()
		if err == nil && now != last && changed(ctx) == nil {
			last = now
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// fingerprint changes with all that a broker has to know.
func (o *Operator) fingerprint() (string, error) {
	h := sha256.New()
	for _, folder := range []string{tenantsFolder, removedFolder} {
		err := filepath.WalkDir(filepath.Join(o.dir, folder), func(path string, e fs.DirEntry, err error) error {
			switch {
			case errors.Is(err, fs.ErrNotExist): // removed meanwhile, or none was
				return nil
			case err != nil:
				return err
			case e.IsDir() && (e.Name() == usersFolder || strings.HasPrefix(e.Name(), ".")):
				return fs.SkipDir
			case e.IsDir():
				return nil
			}
			info, err := e.Info()
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil {
				return err
			}
			fmt.Fprintf(h, "%q %d %d\n", path, info.Size(), info.ModTime().UnixNano())
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	return string(h.Sum(nil)), nil
}
