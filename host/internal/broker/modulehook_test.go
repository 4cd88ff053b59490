package broker

import (
	"slices"
	"testing"
	"testing/fstest"
)

// The file that is handed over is told of, and all places if there is none; what
// was refused, and files that are not the system's, are not.
func TestModuleHook(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"app/a.lua": "a", "app/lib/b.lua": "b", "lib/c.lua": "c", "app/out.lua": "->../secret.lua", "secret.lua": "s"})
	var told []string
	hook := WithModuleHook(func(paths []string) { told = append(told, paths...) })
	app, lib := dir+"/app", ModuleName(dir+"/lib")
	b := newBroker(t, Grants{Modules: []string{dir + "/lib"}}, ownFiles(".", app), hook)
	for _, test := range []struct {
		names []any
		want  []string
	}{
		{[]any{"none.lua", "a.lua", "lib/b.lua"}, []string{app + "/a.lua"}},
		{[]any{"none.lua", "none/init.lua", lib + "/none.lua"}, []string{app + "/none.lua", app + "/none/init.lua", dir + "/lib/none.lua"}},
		{[]any{lib + "/c.lua"}, []string{dir + "/lib/c.lua"}},
		{[]any{"lib"}, []string{app + "/lib"}}, // a folder is no file
		{[]any{"out.lua"}, nil},
		{[]any{"../secret.lua"}, nil},
		{nil, nil},
	} {
		told = nil
		out, err := firstModule(b, test.names...)
		if !slices.Equal(told, test.want) {
			t.Errorf("%v: told of %q, want %q (%v, %v)", test.names, told, test.want, out, err)
		}
	}
	told = nil
	b = newBroker(t, Grants{}, WithScript(ScriptRoot{Name: ".", Dir: ".", FS: fstest.MapFS{"a.lua": {Data: []byte("a")}}}), hook)
	if out, err := firstModule(b, "a.lua"); err != nil || len(out) != 2 || told != nil {
		t.Errorf("%v, %v; told of %q", out, err, told)
	}
}
