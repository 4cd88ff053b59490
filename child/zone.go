package child

import (
	"time"

	"scripthost.example/wire"
)

// setZone has local times be those of the parent's zone. It comes before the
// protections: a zone without data is read from this system's files. A worker that
// shares its process leaves that with the zone that it has, and under a fixed clock
// local times are in UTC.
func (w *worker) setZone(z *wire.BootZone) error {
	if z == nil {
		return nil
	}
	zone, err := loadZone(z)
	if err != nil {
		return wire.Protocolf("the time zone %q of BOOT cannot be used: %v", z.Name, err)
	}
	if w.exit != nil && w.fixed == nil {
		time.Local = zone
	}
	return nil
}

func loadZone(z *wire.BootZone) (*time.Location, error) {
	if len(z.Data) > 0 {
		return time.LoadLocationFromTZData(z.Name, z.Data)
	}
	return time.LoadLocation(z.Name)
}
