package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"scripthost.example/fleet/registry"
)

// A versionRow is a version of a plugin, as "ls PLUGIN --json" shows it.
type versionRow struct {
	Plugin  string    `json:"plugin"`
	Version string    `json:"version"`
	Hash    string    `json:"sha256"`
	Size    int       `json:"size"`
	Script  string    `json:"script"`
	Key     string    `json:"key,omitempty"` // that has signed it
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at"`
	Tracks  []string  `json:"tracks"` // that are at it
}

// versionsOf are the versions of a plugin, the latest first.
func versionsOf(ctx context.Context, reg *registry.Registry, plugin string) ([]versionRow, error) {
	if reg == nil {
		return nil, nil
	}
	plugins, err := reg.List(ctx, plugin)
	if err != nil {
		if errors.Is(err, registry.ErrNotFound) {
			return nil, nil
		}
		return nil, asked(err)
	}
	var rows []versionRow
	for _, p := range plugins {
		for _, v := range p.Versions {
			r := versionRow{Plugin: p.Name, Version: v.Version, Hash: v.Hash, Size: v.Size, Script: v.Script, Key: v.Key, By: v.By, At: v.At, Tracks: []string{}}
			for _, t := range p.Tracks {
				if t.Version == v.Version {
					r.Tracks = append(r.Tracks, t.Name)
				}
			}
			rows = append(rows, r)
		}
	}
	return rows, nil
}

func writeVersions(w io.Writer, rows []versionRow) {
	if len(rows) == 0 {
		return
	}
	lines := [][]string{{"VERSION", "TRACKS", "SIZE", "SHA-256", "SIGNED", "PUSHED"}}
	for _, v := range rows {
		tracks, signed := "-", "no"
		if len(v.Tracks) > 0 {
			tracks = strings.Join(v.Tracks, ",")
		}
		if v.Key != "" {
			signed = v.Key[:min(len(v.Key), 8)] + "…"
		}
		lines = append(lines, []string{v.Version, tracks, fmt.Sprint(v.Size), v.Hash[:12] + "…", signed, v.At.Local().Format("2006-01-02 15:04:05") + " by " + v.By})
	}
	fmt.Fprintln(w)
	table(w, lines)
}
