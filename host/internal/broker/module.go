package broker

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// maxModulePaths is how many paths one call of runner.module.first may name.
const maxModulePaths = 4096

// A ScriptRoot is the folder that a script's own files are in.
type ScriptRoot struct {
	// Name is the folder in the names that the child asks for, with slashes and
	// clean: "." or "scripts", say.
	Name string
	// Dir is where it is, an absolute path; or, in FS, a name as in
	// [fs.ValidPath].
	Dir string
	FS  fs.FS // nil if Dir is a folder of the system's
}

// WithScript has the files of the script's own folder served, without a grant.
func WithScript(root ScriptRoot) Option { return func(b *Broker) { b.script = &root } }

// WithMaxModule bounds the size of a file that is served as a script's own or of
// a module path, in bytes. It must be positive. The default is 64 MiB.
func WithMaxModule(bytes int64) Option { return func(b *Broker) { b.maxModule = bytes } }

// A moduleRoot is a folder whose files a script can require.
type moduleRoot struct {
	ScriptRoot
	granted bool // it is not the script's own
}

// ModuleName is how a child names files in a granted folder of modules.
func ModuleName(dir string) string { return filepath.ToSlash(filepath.Clean(dir)) }

// Nearby is the name by which a path from a file of the script leads to a granted
// folder of modules, which is an absolute path; "" if none does that says no more
// of where the script is than that they have a folder in common, or if the folder
// has that name anyway. Links are not followed: it is a matter of names.
func (r *ScriptRoot) Nearby(dir string) string {
	if r.FS != nil || filepath.IsAbs(filepath.FromSlash(r.Name)) || path.IsAbs(r.Name) {
		return ""
	}
	dir = filepath.Clean(dir)
	rel, err := filepath.Rel(r.Dir, dir)
	if err != nil {
		return ""
	}
	rel = filepath.ToSlash(rel)
	ups := 0
	for step := range strings.SplitSeq(rel, "/") {
		if step == ".." {
			ups++
		}
	}
	common := r.Dir
	for range ups {
		common = filepath.Dir(common)
	}
	if ups == 0 || filepath.Dir(common) == common { // it is the script's own; or all that they share is the root folder
		return ""
	}
	return path.Join(r.Name, rel)
}

// openModules makes the roots ready: the script's own first.
func (b *Broker) openModules(granted []string) {
	allowed := granted
	if b.script != nil {
		b.modules = append(b.modules, moduleRoot{ScriptRoot: *b.script})
		if b.script.FS == nil {
			allowed = append([]string{b.script.Dir}, granted...)
		}
	}
	for _, dir := range granted {
		b.modules = append(b.modules, moduleRoot{ScriptRoot{Name: ModuleName(dir), Dir: filepath.Clean(dir)}, true})
		if b.script == nil {
			continue
		}
		if name := b.script.Nearby(dir); name != "" {
			b.modules = append(b.modules, moduleRoot{ScriptRoot{Name: name, Dir: filepath.Clean(dir)}, true})
		}
	}
	b.policy.modules = newAccessList(modulesGrant, allowed, nil)
	b.policy.modules.denied = b.policy.reading.denied
}

// rel returns the rest of a name that is below the root's, with slashes.
func (r *moduleRoot) rel(name string) (string, bool) {
	rest := name
	switch {
	case r.Name == ".":
	case strings.HasSuffix(r.Name, "/"): // a root folder
		if !strings.HasPrefix(name, r.Name) {
			return "", false
		}
		rest = name[len(r.Name):]
	default:
		var ok bool
		if rest, ok = strings.CutPrefix(name, r.Name+"/"); !ok {
			return "", false
		}
	}
	// It refuses what begins with ".." or "/", too.
	return rest, fs.ValidPath(rest) && rest != "."
}

// firstModule returns the first of the named files that exists, with its
// contents, or nothing.
func (b *Broker) firstModule(ctx context.Context, a *arguments) ([]any, error) {
	if len(a.list) > maxModulePaths {
		return nil, &LimitError{Limit: "module paths", Size: int64(len(a.list)), Max: maxModulePaths}
	}
	names := make([]string, len(a.list))
	for i := range a.list {
		var err error
		if names[i], err = a.moduleName(i); err != nil {
			return nil, err
		}
	}
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		data, err := b.module(ctx, name)
		var denied *DeniedError
		if errors.As(err, &denied) {
			b.auditModule(ctx, Use{Target: denied.Path}.refused(denied))
		}
		switch {
		case err != nil:
			return nil, fileError("open", name, err)
		case data != nil:
			b.tellModule(name)
			return []any{name, data}, nil
		}
	}
	b.tellModule(names...)
	return []any{}, nil
}

func (b *Broker) auditModule(ctx context.Context, u Use) {
	if b.audit != nil {
		u.Grant, u.Operation = modulesGrant, "require"
		b.audit(ctx, u)
	}
}

// moduleName returns an argument that is the name of a file.
func (a *arguments) moduleName(i int) (string, error) {
	name, ok := a.list[i].(string)
	switch {
	case !ok:
		return "", a.errorf(i, "must be text, not %T", a.list[i])
	case len(name) > maxPath || strings.Count(name, "/") > maxNames:
		return "", &FileError{Op: "open", Path: name[:min(len(name), maxPath)], Errno: syscall.ENAMETOOLONG}
	case strings.IndexByte(name, 0) >= 0:
		return "", &FileError{Op: "open", Path: name, Errno: syscall.EINVAL}
	case name == "" || path.Clean(name) != name:
		return "", a.errorf(i, "%q is not a clean path", name)
	}
	return name, nil
}

// module returns the contents of the file of a name, nil if there is none.
func (b *Broker) module(ctx context.Context, name string) ([]byte, error) {
	inside := false
	for i := range b.modules {
		r := &b.modules[i]
		rel, ok := r.rel(name)
		if !ok {
			continue
		}
		inside = true
		data, err := b.moduleIn(ctx, r, rel, name)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR):
		case err != nil:
			return nil, err
		default:
			return data, nil
		}
	}
	if inside {
		return nil, nil
	}
	denied := &DeniedError{Grant: modulesGrant, Path: b.meant(name)}
	for i := range b.modules {
		// It is granted, but not by that name: granting it again would not help.
		if r := &b.modules[i]; r.granted {
			if rel, ok := r.rel(filepath.ToSlash(denied.Path)); ok {
				denied.Reason = "it is in the module path " + r.Dir + ", whose files are required by their names there, and not by a path from the script: " + strconv.Quote(rel)
				break
			}
		}
	}
	return nil, denied
}

// meant is the absolute path that a name outside of the roots stands for, as far
// as that can be told.
func (b *Broker) meant(name string) string {
	local := filepath.FromSlash(name)
	if b.script == nil || b.script.FS != nil || filepath.IsAbs(local) {
		return local
	}
	rel, err := filepath.Rel(filepath.FromSlash(b.script.Name), local)
	if err != nil {
		return local
	}
	return filepath.Join(b.script.Dir, rel)
}

// moduleIn returns the contents of a file in a root. What is a folder is EISDIR.
func (b *Broker) moduleIn(ctx context.Context, r *moduleRoot, rel, name string) ([]byte, error) {
	most := min(b.maxModule, b.maxRead)
	if r.FS != nil {
		return readModuleFS(ctx, r.FS, path.Join(r.Dir, rel), most)
	}
	local, err := filepath.Localize(rel)
	if err != nil { // no file of this system's can have that name
		return nil, fs.ErrNotExist
	}
	at := filepath.Join(r.Dir, local)
	f, err := b.openFile(at, mode{need: moduleAccess, flags: os.O_RDONLY}, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, syscall.EISDIR
	}
	if r.granted {
		b.auditModule(ctx, Use{Target: at, Allowed: true, Folder: r.Dir})
	}
	return readUpTo(ctx, f, name, "module size", most)
}
