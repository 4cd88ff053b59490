package instance

import (
	"os"
	"path/filepath"
)

// pluginFolder makes the folder of a plugin's files, which only the user of this
// process can enter. It is "" if there is none.
func pluginFolder(folder, plugin string) (string, error) {
	if folder == "" {
		return "", nil
	}
	path := filepath.Join(folder, plugin)
	return path, os.MkdirAll(path, 0o700)
}
