package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nats-io/nkeys"
	"github.com/spf13/cobra"

	"scripthost.example/fleet/bundle"
)

// localKey is the file with the key that push signs with, and that serve trusts, where
// nothing else is said.
func (b *brokerFlags) localKey() (string, error) {
	dir, err := b.folder()
	return filepath.Join(dir, "push.nk"), err
}

// signer is the key to sign with: that of the file, or the local one, which is made
// if there is none.
func (b *brokerFlags) signer(file string) (nkeys.KeyPair, error) {
	if file == "" {
		var err error
		if file, err = b.localKey(); err != nil {
			return nil, err
		}
		if _, err := makeKey(file); err != nil {
			return nil, &failure{exitUsage, err, ""}
		}
	}
	key, err := bundle.ReadKey(file)
	if err != nil {
		return nil, &failure{exitUsage, err, ""}
	}
	return key, nil
}

// makeKey makes a key unless it is there, and returns its public part.
func makeKey(file string) (public string, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return "", err
	}
	public, err = bundle.CreateKey(file)
	if err == nil || !errors.Is(err, fs.ErrExist) {
		return public, err
	}
	key, err := bundle.ReadKey(file)
	if err != nil {
		return "", err
	}
	return key.PublicKey()
}

func keyCommand(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "key [FILE]", Short: "The public key to sign versions with",
		Long: `Prints the public part of the key in FILE, which is made if there is none, or of
the one that push signs with unless told otherwise. Instances that get it by
--trust serve what is signed with it.`,
		Example: "    runner-fleet key",
		Args:    takes(1, "one FILE, or none"),
		RunE: func(c *cobra.Command, args []string) error {
			file, err := a.broker.localKey()
			if len(args) > 0 {
				file, err = args[0], nil
			}
			if err != nil {
				return err
			}
			public, err := makeKey(file)
			if err != nil {
				return &failure{exitUsage, err, ""}
			}
			fmt.Fprintln(a.out, public)
			return nil
		},
	}
}
