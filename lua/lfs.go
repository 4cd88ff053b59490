package lua

import (
	"math"

	glua "github.com/yuin/gopher-lua"
)

// A dir is what the second value of lfs.dir stands for.
type dir struct {
	names []string
	next  int
}

// openLFS makes lfs, with the names of LuaFileSystem. Unlike there, dir leaves
// out "." and "..".
func (v *vm) openLFS() {
	v.library("lfs", fields{
		{"attributes", func(L *glua.LState) int { return v.lfsAttributes(L, "runner.fs.stat") }},
		{"currentdir", v.lfsCurrentdir},
		{"dir", v.lfsDir},
		{"mkdir", func(L *glua.LState) int {
			_, err := v.hostCall("runner.fs.mkdir", L.CheckString(1), false, int64(0o777))
			return v.pushDone(L, "", err)
		}},
		{"rmdir", func(L *glua.LState) int {
			_, err := v.hostCall("runner.fs.rmdir", L.CheckString(1))
			return v.pushDone(L, "", err)
		}},
		{"symlinkattributes", func(L *glua.LState) int { return v.lfsAttributes(L, "runner.fs.lstat") }},
	})
	v.meta.dir = v.metatable("directory", fields{{"__tostring", constant("directory")}})
	methods := v.root.NewTable()
	v.setFields(methods, fields{{"next", dirNext}, {"close", dirClose}})
	v.meta.dir.RawSetString("__index", methods)
}

func (v *vm) lfsCurrentdir(L *glua.LState) int {
	results, err := v.hostCall("runner.fs.cwd")
	if err != nil {
		return v.pushFailure(L, "", err)
	}
	L.Push(glua.LString(stringResult(results)))
	return 1
}

func (v *vm) lfsDir(L *glua.LState) int {
	path := L.CheckString(1)
	results, err := v.hostCall("runner.fs.readdir", path)
	if err != nil {
		v.pushFailure(L, path, err)
		L.RaiseError("cannot open %s", L.Get(-2).String())
	}
	d := &dir{}
	if len(results) > 0 {
		entries, _ := results[0].([]any)
		for _, entry := range entries {
			if pair, ok := entry.([]any); ok {
				d.names = append(d.names, stringResult(pair))
			}
		}
	}
	L.Push(L.NewFunction(dirNext))
	L.Push(&glua.LUserData{Value: d, Env: v.globals, Metatable: v.meta.dir})
	return 2
}

func checkDir(L *glua.LState) *dir {
	d, ok := L.CheckUserData(1).Value.(*dir)
	if !ok {
		L.ArgError(1, "directory expected")
	}
	return d
}

func dirNext(L *glua.LState) int {
	d := checkDir(L)
	if d.next >= len(d.names) {
		L.Push(glua.LNil)
		return 1
	}
	L.Push(glua.LString(d.names[d.next]))
	d.next++
	return 1
}

func dirClose(L *glua.LState) int {
	d := checkDir(L)
	d.names = nil
	return 0
}

// lfsModes are LuaFileSystem's words where they are not the parent's.
var lfsModes = map[string]string{"fifo": "named pipe", "device": "char device"}

// lfsNumbers are the numeric attributes and what the parent calls them.
var lfsNumbers = []struct{ name, key string }{
	{"access", "atime"}, {"blksize", "blksize"}, {"blocks", "blocks"}, {"change", "ctime"},
	{"dev", "dev"}, {"gid", "gid"}, {"ino", "ino"}, {"modification", "mtime"},
	{"nlink", "nlink"}, {"size", "size"}, {"uid", "uid"},
}

// lfsAttributes is lfs.attributes(path [, name or table]).
func (v *vm) lfsAttributes(L *glua.LState, function string) int {
	path := L.CheckString(1)
	results, err := v.hostCall(function, path)
	if err != nil {
		return v.pushFailure(L, "", err)
	}
	var stat map[string]any
	if len(results) > 0 {
		stat, _ = results[0].(map[string]any)
	}
	tb, ok := L.Get(2).(*glua.LTable)
	if !ok {
		tb = L.CreateTable(0, len(lfsNumbers)+2)
	}
	mode, _ := stat["type"].(string)
	if word, ok := lfsModes[mode]; ok {
		mode = word
	}
	tb.RawSetString("mode", glua.LString(mode))
	bits, _ := toInt64(stat["mode"])
	tb.RawSetString("permissions", glua.LString(permissions(bits)))
	for _, n := range lfsNumbers {
		switch x := stat[n.key].(type) {
		case float64:
			tb.RawSetString(n.name, glua.LNumber(math.Floor(x)))
		case int64:
			tb.RawSetString(n.name, glua.LNumber(x))
		case uint64:
			tb.RawSetString(n.name, glua.LNumber(x))
		}
	}
	name, ok := L.Get(2).(glua.LString)
	if !ok {
		L.Push(tb)
		return 1
	}
	value := tb.RawGetString(string(name))
	if value == glua.LNil {
		L.ArgError(2, "invalid attribute name '"+string(name)+"'")
	}
	L.Push(value)
	return 1
}

// permissions is "rw-r--r--" and the like.
func permissions(bits int64) string {
	text := []byte("rwxrwxrwx")
	for i := range text {
		if bits&(1<<(len(text)-1-i)) == 0 {
			text[i] = '-'
		}
	}
	return string(text)
}
