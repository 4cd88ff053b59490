package broker

import (
	"context"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
)

// tmpName makes a new empty file in the system's folder for such, or in the
// first granted folder, that only the parent's user can read.
func (b *Broker) tmpName(_ context.Context, a *arguments) ([]any, error) {
	temp := filepath.Clean(os.TempDir())
	if !filepath.IsAbs(temp) {
		temp = filepath.Join(b.dir, temp)
	}
	folders := []string{temp}
	for _, g := range b.policy.writing.allowed {
		folders = append(folders, g.at.named)
	}
	var first error
	for _, folder := range folders {
		path := filepath.Join(folder, "lua_"+strings.ToLower(rand.Text()[:16]))
		if b.policy.check(writeAccess, path) != nil {
			continue
		}
		m, _ := modeOf("wx")
		f, err := b.openFile(path, m, 0o600)
		if err == nil {
			a.needs(writeAccess, path)
			return []any{octets(path)}, fileError("tmpname", path, f.Close())
		}
		if first == nil { // the next one may be a folder that can be used
			first = fileError("tmpname", path, err)
		}
	}
	if first != nil {
		return nil, first
	}
	return nil, &DeniedError{Grant: "write", Path: temp}
}
