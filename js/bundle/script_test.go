package bundle

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"scripthost.example/host"
)

// A bundle is a worker without the files that it was made of, and without a bundler.
func TestScriptBundle(t *testing.T) {
	t.Parallel()
	dir := tree{
		"main.ts":  "import { half } from './half.mjs'\nexport function run(n: number) {\n  return half(n)\n}",
		"half.mjs": "export function half(n) {\n  if (n % 2) throw new Error('odd')\n  return n / 2\n}",
	}.write(t)
	script, err := host.Open(filepath.Join(dir, "main.ts"))
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var asked []string
	bundle, warnings, err := script.Bundle(testContext(t), &host.Options{OnModule: func(paths []string) { mu.Lock(); defer mu.Unlock(); asked = append(asked, paths...) }})
	if err != nil || len(warnings) != 0 {
		t.Fatal(warnings, err)
	}
	if bundle.Language() != host.JS || script.Language() != host.TS || bundle.Name() != script.Name() {
		t.Errorf("the bundle is %s in %s", bundle.Name(), bundle.Language())
	}
	if !strings.Contains(strings.Join(asked, " "), "half.mjs") {
		t.Errorf("told of: %q", asked)
	}
	if err := os.Remove(filepath.Join(dir, "half.mjs")); err != nil {
		t.Fatal(err)
	}
	again, _, err := bundle.Bundle(testContext(t), nil)
	if again != bundle || err != nil {
		t.Errorf("bundled again: %v", err)
	}
	w, err := host.Start(testContext(t), bundle, &host.Options{Serialiser: host.JSON})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if out, err := w.Call(testContext(t), 8); err != nil || out[0] != int64(4) {
		t.Errorf("%v, %v", out, err)
	}
	_, err = w.Call(testContext(t), 7)
	var thrown *host.ScriptError
	if !errors.As(err, &thrown) || len(thrown.Stack) == 0 || filepath.Base(thrown.Stack[0].File) != "half.mjs" || thrown.Stack[0].Line != 2 {
		t.Errorf("an error in a file of it: %+v", err)
	}
}

func TestScriptBundleFails(t *testing.T) {
	t.Parallel()
	dir := tree{"main.ts": "import './gone'\nexport const run = 1"}.write(t)
	script, err := host.Open(filepath.Join(dir, "main.ts"))
	if err != nil {
		t.Fatal(err)
	}
	var thrown *host.ScriptError
	if _, _, err := script.Bundle(testContext(t), nil); !errors.As(err, &thrown) || !strings.Contains(thrown.Message, `"./gone" cannot be found`) {
		t.Errorf("without a file that it imports: %v", err)
	}
	if _, _, err := script.Bundle(testContext(t), &host.Options{Limits: host.Limits{Start: -1}}); err == nil || !strings.Contains(err.Error(), "Limits.Start") {
		t.Errorf("with options that are none: %v", err)
	}
	ctx, cancel := context.WithCancel(testContext(t))
	cancel()
	if _, _, err := script.Bundle(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
