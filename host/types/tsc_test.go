package types

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// typescriptVersion is that of the compiler that checks what is written. It comes
// from npm once, into a folder of the user's cache.
const typescriptVersion = "5.9.3"

var tsc = sync.OnceValues(func() (compiler, reason string) {
	if _, err := exec.LookPath("node"); err != nil {
		return "", "node is not installed"
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", err.Error()
	}
	dir := filepath.Join(cache, "scripthost-test", "typescript-"+typescriptVersion)
	compiler = filepath.Join(dir, "node_modules", "typescript", "lib", "tsc.js")
	if _, err := os.Stat(compiler); err == nil {
		return compiler, ""
	}
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		return "", err.Error()
	}
	// Others may do the same now: what is there is whole or is not there.
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "new")
	if err != nil {
		return "", err.Error()
	}
	defer os.RemoveAll(fresh)
	out, err := exec.Command("npm", "install", "--prefix", fresh, "--no-audit", "--no-fund", "--ignore-scripts", "typescript@"+typescriptVersion).CombinedOutput()
	if err != nil {
		return "", "npm cannot install typescript@" + typescriptVersion + ": " + err.Error() + "\n" + string(out)
	}
	if err := os.Rename(fresh, dir); err != nil {
		if _, err := os.Stat(compiler); err != nil {
			return "", "typescript cannot be kept: " + err.Error()
		}
	}
	return compiler, ""
})

// checkTypes has the compiler check files, by name, in a folder of their own, with the
// configuration that docs/SCRIPTING.md has, but of an edition of the language.
func checkTypes(t *testing.T, edition string, files map[string]string) {
	t.Helper()
	compiler, reason := tsc()
	switch {
	case compiler != "":
	case os.Getenv("CI") == "true":
		t.Fatal(reason)
	default:
		t.Skip(reason)
	}
	dir := t.TempDir()
	files["tsconfig.json"] = strings.NewReplacer("es2022", edition, `"strict": true`, `"strict": true, "allowJs": true, "checkJs": true`, `"*.ts"`, `"*"`).Replace(tsconfig(t))
	for name, text := range files {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", compiler, "-p", ".")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// tsconfig is what the documentation recommends.
func tsconfig(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../docs/SCRIPTING.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin = "```json\n{\n  \"compilerOptions\""
	_, rest, found := strings.Cut(string(page), begin)
	config, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("docs/SCRIPTING.md has no %q", begin)
	}
	return strings.TrimPrefix(begin, "```json\n") + config
}

func sample(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Workers are checked with what is written: what is right is, and what is wrong is
// not.
func TestTypeScript(t *testing.T) {
	t.Parallel()
	all, err := Declarations("ts", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, edition := range []string{"es2020", "es2022", "esnext"} {
		t.Run(edition, func(t *testing.T) {
			t.Parallel()
			checkTypes(t, edition, map[string]string{
				"types/runner.d.ts": string(all), "worker.ts": sample(t, "worker.ts"), "library.ts": sample(t, "library.ts"), "script.js": sample(t, "worker.js"),
			})
		})
	}
}

// So is what uses the functions of a program.
func TestTypeScriptOfHostFunctions(t *testing.T) {
	t.Parallel()
	all, err := Declarations("ts", functions())
	if err != nil {
		t.Fatal(err)
	}
	checkTypes(t, "es2022", map[string]string{"types/runner.d.ts": string(all), "worker.ts": `
export async function run(person: HostPerson) {
  const greeting: string = await host.greet({ ...person, age: 5 }, 'a', 'b');
  const [value, found]: [any, boolean] = await host.db.get('key');
  const [octets, time]: [Uint8Array, Date] = await host.octets(new Uint8Array(1), new Date());
  // @ts-expect-error: no such function
  await host.missing();
  // @ts-expect-error: a number is no word
  await host.greet(person, 5);
  // @ts-expect-error: a result is a promise
  host.db.list()[0];
  await host.delete();
  return results(greeting, value, found, octets, time.getTime(), (await host.db.list())[0]?.boss?.name);
}
`})
}

// The samples have something of all that there is.
func TestSampleIsComplete(t *testing.T) {
	t.Parallel()
	text := sample(t, "worker.ts") + sample(t, "library.ts") + sample(t, "worker.js")
	for _, n := range Needs() {
		used := false
		for _, b := range n.JS {
			module, name := b.module()
			if name == "" {
				name = "'" + module + "'"
			}
			used = used || b.Standard || strings.Contains(text, name)
		}
		if len(n.JS) > 0 && !used {
			t.Errorf("nothing of %q is in the samples in testdata", n.What)
		}
	}
}
