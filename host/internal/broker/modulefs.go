package broker

import (
	"context"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// readModuleFS returns the contents of a file of a script that was opened from
// fsys. Symbolic links are followed inside of fsys only, where that tells of
// them.
func readModuleFS(ctx context.Context, fsys fs.FS, name string, most int64) ([]byte, error) {
	name, err := insideFS(fsys, name)
	if err != nil {
		return nil, err
	}
	// Looking first keeps devices and pipes from being opened.
	info, err := fs.Stat(fsys, name)
	if err == nil {
		err = checkModuleKind(name, info)
	}
	if err != nil {
		return nil, err
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if info, err = f.Stat(); err == nil {
		err = checkModuleKind(name, info)
	}
	if err != nil {
		return nil, err
	}
	return readUpTo(ctx, f, name, "module size", most)
}

func checkModuleKind(name string, info fs.FileInfo) error {
	switch {
	case info.IsDir():
		return syscall.EISDIR
	case !info.Mode().IsRegular():
		return &DeniedError{Grant: modulesGrant, Path: name, Reason: "it is a " + kindOf(info.Mode()) + ", and scripts can open regular files and folders only"}
	}
	return nil
}

// insideFS returns name without symbolic links, which must not lead out of fsys:
// that of os.DirFS does not see to it.
func insideFS(fsys fs.FS, name string) (string, error) {
	links, ok := fsys.(fs.ReadLinkFS)
	if !ok {
		return name, nil
	}
	done, rest := ".", name
	for followed := 0; rest != ""; {
		step, after, _ := strings.Cut(rest, "/")
		at := path.Join(done, step)
		info, err := links.Lstat(at)
		if err != nil {
			return "", err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done, rest = at, after
			continue
		}
		if followed++; followed > maxLinks {
			return "", errTooManyLinks
		}
		target, err := links.ReadLink(at)
		if err != nil {
			return "", err
		}
		if path.IsAbs(target) || !fs.ValidPath(path.Join(done, target)) {
			return "", &DeniedError{Grant: modulesGrant, Path: name, Reason: leadsOut}
		}
		done, rest = ".", path.Join(done, target, after)
	}
	return done, nil
}
