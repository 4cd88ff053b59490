package host

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// nineHours is the data of a zone that has so many more than UTC has.
const nineHours = "TZif\x00" + "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
	"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x04" +
	"\x00\x00\x7e\x90\x00\x00JST\x00"

func TestReadZone(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "zone")
	if err := os.WriteFile(path, []byte(nineHours), 0o600); err != nil {
		t.Fatal(err)
	}
	if z := readZone(path); z == nil || z.Name != path || string(z.Data) != nineHours {
		t.Errorf("a file is the zone %+v", z)
	}
	if z := readZone("UTC"); z == nil || z.Name != "UTC" || z.Data != nil {
		t.Errorf("UTC is the zone %+v", z)
	}
	// time.FixedZone can have any name.
	for _, name := range []string{"made up", "../../../etc/hostname", ""} {
		if z := readZone(name); z != nil {
			t.Errorf("%q is the zone %+v", name, z)
		}
	}
}

// The zone of a fixed clock is UTC, and that of the machine each process finds itself.
func TestBootZone(t *testing.T) {
	t.Parallel()
	if z := (&Options{Clock: time.Unix(1, 0)}).bootZone(); z != nil {
		t.Errorf("under a fixed clock BOOT has the zone %+v", z)
	}
	if z := (&Options{}).bootZone(); z != nil && time.Local.String() == "Local" {
		t.Errorf("without TZ BOOT has the zone %+v", z)
	}
}
