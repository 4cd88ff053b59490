package main

import (
	"errors"
	"strings"

	"scripthost.example/host"
)

// names is a flag that takes a list of hosts or of variables and can be
// repeated.
type names struct {
	value []string
	// check returns why a name cannot be granted.
	check func(name string) error
}

// everyName is what a grant of names without a value is for.
const everyName = "*"

func (n *names) String() string { return strings.Join(n.value, ",") }
func (n *names) Type() string   { return "names" }

func (n *names) Set(s string) error {
	for _, name := range strings.Split(s, ",") {
		if err := n.add(name); err != nil {
			return err
		}
	}
	return nil
}

// add adds one name.
func (n *names) add(name string) error {
	if name == "" {
		return errors.New("a name is empty")
	}
	if err := n.check(name); err != nil {
		_, why, _ := strings.Cut(err.Error(), ": ") // behind the name of the flag
		return errors.New(why)
	}
	n.value = append(n.value, name)
	return nil
}

// checkHost and checkVariable are checks of names.
func checkHost(name string) error     { return host.Grants{Net: []string{name}}.Validate() }
func checkVariable(name string) error { return host.Grants{Env: []string{name}}.Validate() }
