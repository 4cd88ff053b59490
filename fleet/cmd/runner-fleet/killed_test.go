package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// A serve that is killed while it runs jobs, with the broker in it, takes none with it: the
// one that is started in its place has all of them answered.
func TestServeKilled(t *testing.T) {
	t.Parallel()
	p := newProgram(t, filepath.Join(t.TempDir(), "state"))
	dir := t.TempDir()
	held := filepath.Join(p.dir, "files", "tidy", "held")
	for name, text := range map[string]string{
		"tidy.lua": `function run(x)
  log.info("it begins")
  if io.open("` + held + `") then sleep(3600) end
  return x
end`,
		"runner.toml": "[grants]\nallow-read = [\".\"]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Dir(held), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(held, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := p.serve("-j", "3")
	s.await("msg=serving", 1)
	p.must("push", filepath.Join(dir, "tidy.lua"), "--version", "1", "--wait", "1m")
	const jobs = 3
	for i := range jobs {
		p.must("job", "submit", "tidy", "--id", fmt.Sprint("job", i), fmt.Sprint("answer", i))
	}
	s.await("it begins", jobs)
	s.kill()
	if err := os.Remove(held); err != nil {
		t.Fatal(err)
	}
	p.serve("-j", "3")
	for i := range jobs {
		if out := p.waited("job", "result", fmt.Sprint("job", i), "--wait", "1m"); out != fmt.Sprintf("answer%d\n", i) {
			t.Errorf("job%d: %s", i, out)
		}
	}
}
