package fleet

import (
	"errors"
	"fmt"
	"log/slog"
)

// brokerLog is a server's log. The server tells of what it cannot start without only there.
type brokerLog struct {
	log   *slog.Logger
	fatal chan error // takes the first
}

func (l *brokerLog) Noticef(format string, v ...any) { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l *brokerLog) Warnf(format string, v ...any)   { l.log.Warn(fmt.Sprintf(format, v...)) }
func (l *brokerLog) Errorf(format string, v ...any)  { l.log.Error(fmt.Sprintf(format, v...)) }
func (l *brokerLog) Debugf(format string, v ...any)  { l.log.Debug(fmt.Sprintf(format, v...)) }
func (l *brokerLog) Tracef(format string, v ...any)  {}

func (l *brokerLog) Fatalf(format string, v ...any) {
	message := fmt.Sprintf(format, v...)
	l.log.Error(message)
	select {
	case l.fatal <- errors.New(message):
	default:
	}
}
