// Command scenarios makes the calls that counts counts. Its workers are this program
// again.
//
//	scenarios               # prints the names
//	scenarios NAME CALLS    # makes that many calls and prints what they have used
//
// It is built of an older commit, too: it uses no more of this project's packages than
// it needs.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"

	"scripthost.example/child"
	"scripthost.example/js"
	"scripthost.example/lua"
)

func main() {
	child.Enter(probed{lua.Engine()}, probed{js.Engine()})

	if len(os.Args) == 1 {
		for _, s := range scenarios() {
			fmt.Println(s.name)
		}
		return
	}
	report, err := run(os.Args[1:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(report)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "scenarios:", err)
		os.Exit(1)
	}
}

func run(args []string) (*report, error) {
	if len(args) != 2 {
		return nil, fmt.Errorf("a name and a number of calls are wanted, and not %q", args)
	}
	calls, err := strconv.Atoi(args[1])
	if err != nil || calls < 1 {
		return nil, fmt.Errorf("%q is no number of calls", args[1])
	}
	for _, s := range scenarios() {
		if s.name == args[0] {
			return s.run(calls)
		}
	}
	return nil, fmt.Errorf("there is no scenario %q", args[0])
}
