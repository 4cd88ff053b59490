package host

import (
	"os"
	"path/filepath"
	"sync"
	"time"

	"scripthost.example/wire"
)

// zones are those that BOOT has named, by their names: each is read once.
var zones struct {
	mu     sync.Mutex
	byName map[string]*wire.BootZone
}

// bootZone is this program's time zone as BOOT tells it. It is nil for the zone of the
// machine, which the child finds itself, and under a fixed clock, which has another.
func (o *Options) bootZone() *wire.BootZone {
	name := time.Local.String()
	switch {
	case name == "Local" || !o.Clock.IsZero():
		return nil
	case name == "UTC" && time.Local != time.UTC && os.Getenv("TZ") == "":
		if _, set := os.LookupEnv("TZ"); !set {
			return nil // the machine has none, and this is what package time makes of that
		}
	}
	zones.mu.Lock()
	defer zones.mu.Unlock()
	z, known := zones.byName[name]
	if !known {
		z = readZone(name)
		if zones.byName == nil {
			zones.byName = make(map[string]*wire.BootZone)
		}
		zones.byName[name] = z
	}
	return z
}

// zoneFolders are where systems have the data of zones, as package time knows them.
var zoneFolders = []string{"/usr/share/zoneinfo", "/usr/share/lib/zoneinfo", "/usr/lib/locale/TZ", "/etc/zoneinfo"}

// readZone is a zone with its data. Without data, as of a zone that is linked into this
// program, the child looks for it as package time does. It is nil for one that
// has nothing but the name that this program has made up for it.
func readZone(name string) *wire.BootZone {
	switch name {
	case "":
		return nil
	case "UTC":
		return &wire.BootZone{Name: name}
	}
	folders := zoneFolders
	if own := os.Getenv("ZONEINFO"); own != "" {
		folders = append([]string{own}, folders...)
	}
	for _, folder := range folders {
		path := filepath.Join(folder, name)
		if filepath.IsAbs(name) {
			path = name
		}
		data, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		if _, err := time.LoadLocationFromTZData(name, data); err == nil {
			return &wire.BootZone{Name: name, Data: data}
		}
	}
	if _, err := time.LoadLocation(name); err != nil {
		return nil
	}
	return &wire.BootZone{Name: name}
}
