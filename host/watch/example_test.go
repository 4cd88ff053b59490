package watch_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"scripthost.example/host/watch"
)

func Example() {
	dir, err := os.MkdirTemp("", "watch")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	script := filepath.Join(dir, "tidy.lua")
	save := func(text string) {
		if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
			fmt.Println(err)
		}
	}
	save("function run() return 1 end")

	w, err := watch.New([]string{script}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Close()
	// Now is the time to load it.

	go save("function run() return 2 end")
	changed, err := w.Next(context.Background())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, path := range changed {
		text, err := os.ReadFile(path)
		fmt.Println(filepath.Base(path), string(text), err)
	}
	// Output: tidy.lua function run() return 2 end <nil>
}
