package wire

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"
	"unicode/utf8"
)

// ChildArg is the first argument of a process that is to be a child: package
// host starts its own program with it, and child.Enter looks for it.
const ChildArg = "scripthost-child"

// Kinds of error, as ERROR, THROW and FATAL say them.
const (
	ErrorScript    = "script"
	ErrorCancelled = "cancelled"
	ErrorDeadline  = "deadline"
	ErrorLimit     = "limit"
	ErrorDenied    = "denied"
	ErrorSerialise = "serialise"
	ErrorExit      = "exit"
	ErrorProtocol  = "protocol"
	ErrorClosed    = "closed"
	ErrorBusy      = "busy"
	ErrorReentrant = "reentrant"
	ErrorCrashLoop = "crashloop"
	ErrorSandbox   = "sandbox"
)

// KnownError reports whether kind is one of those of errors. Others are to be taken for
// ErrorScript.
func KnownError(kind string) bool {
	switch kind {
	case ErrorScript, ErrorCancelled, ErrorDeadline, ErrorLimit, ErrorDenied, ErrorSerialise, ErrorExit, ErrorProtocol,
		ErrorClosed, ErrorBusy, ErrorReentrant, ErrorCrashLoop, ErrorSandbox:
		return true
	}
	return false
}

// Modes of a worker.
const (
	ModeSync  = "sync"
	ModeAsync = "async"
)

// Boot is the first frame: everything that the child must know.
type Boot struct {
	Version    int            `json:"version"`
	Name       string         `json:"name"`
	Language   string         `json:"language"`
	Source     []byte         `json:"source"`
	Function   string         `json:"function"`
	Mode       string         `json:"mode"`
	Serialiser BootSerialiser `json:"serialiser"`
	Init       string         `json:"init,omitempty"`
	InitArgs   []byte         `json:"init_args,omitempty"`
	Limits     BootLimits     `json:"limits"`
	Sandbox    string         `json:"sandbox,omitempty"`
	Without    []string       `json:"without,omitempty"`
	Grants     []string       `json:"grants,omitempty"`
	Host       []string       `json:"host,omitempty"`
	Modules    []string       `json:"modules,omitempty"`
	Nearby     []string       `json:"nearby,omitempty"`
	Zone       *BootZone      `json:"zone,omitempty"`
	Seed       *uint64        `json:"seed,omitempty"`
	Clock      *time.Time     `json:"clock,omitempty"`
	Generation string         `json:"generation,omitempty"`
	Files      bool           `json:"files,omitempty"`
	Positions  bool           `json:"positions,omitempty"`
	Tools      []string       `json:"tools,omitempty"`
	Profile    string         `json:"profile,omitempty"`
}

// BootSerialiser names the serialiser; Source is a custom one's worker half.
type BootSerialiser struct {
	Name   string `json:"name"`
	Source []byte `json:"source,omitempty"`
}

// BootZone is a time zone: its name, such as Europe/Berlin, and what the file of that
// name has in a time zone database (RFC 8536). Without that the child has to find it.
type BootZone struct {
	Name string `json:"name"`
	Data []byte `json:"data,omitempty"`
}

// BootLimits are in bytes and milliseconds; 0 is none.
type BootLimits struct {
	Memory  uint64 `json:"memory,omitempty"`
	Stack   uint64 `json:"stack,omitempty"`
	Payload uint64 `json:"payload,omitempty"`
	GraceMS int64  `json:"grace_ms,omitempty"`
	CallMS  int64  `json:"call_ms,omitempty"`
	CPUMS   int64  `json:"cpu_ms,omitempty"`
}

// Ready is the answer to Boot.
type Ready struct {
	Version     int      `json:"version"`
	PID         int      `json:"pid"`
	Protections []string `json:"protections"`
	Functions   []string `json:"functions"`
	Tools       []string `json:"tools,omitempty"`
}

// Error is the payload of ERROR, THROW and FATAL.
type Error struct {
	Kind     string          `json:"kind"`
	Message  string          `json:"message"`
	Language string          `json:"language,omitempty"`
	Stack    []StackFrame    `json:"stack,omitempty"`
	Cause    *Error          `json:"cause,omitempty"`
	Value    json.RawMessage `json:"value,omitempty"`
	// NoFunction says that the script has no function of the name that was asked for.
	NoFunction bool `json:"no_function,omitempty"`
}

// StackFrame is one level of a traceback, innermost first; lines and columns
// count from 1, and 0 is unknown.
type StackFrame struct {
	Function string `json:"function,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
}

// Log is the payload of LOG. Call is 0 for a record of no call. Line is not 0 where
// LOG is no record, but says which line of the script is about to be run.
type Log struct {
	Level   string         `json:"level"`
	Message string         `json:"message"`
	Fields  map[string]any `json:"fields,omitempty"`
	Call    uint32         `json:"call,omitempty"`
	File    string         `json:"file,omitempty"`
	Line    int            `json:"line,omitempty"`
}

// Ping is the payload of PING. AdvanceUS is for a clock that is held: the
// microseconds that it is to go on by.
type Ping struct {
	Nonce     uint64 `json:"nonce"`
	AdvanceUS *int64 `json:"advance_us,omitempty"`
}

// Pong is the payload of PONG: the call that is running, or 0, and for how long.
type Pong struct {
	Nonce     uint64 `json:"nonce"`
	Call      uint32 `json:"call"`
	RunningMS int64  `json:"running_ms"`
	Heap      uint64 `json:"heap"`
}

// AppendMessage appends the JSON of message, a pointer to one of this package's
// messages, to dst. Octets in its texts that are not UTF-8 are written as \xNN,
// and what an Error has more than 16 causes deep is left out. What JSON cannot
// carry (a log field, say) is an error; dst is then returned as it was.
func AppendMessage(dst []byte, message any) ([]byte, error) {
	switch m := message.(type) {
	case *Boot:
		message = m.valid()
	case *Ready:
		if b, ok := m.append(dst); ok {
			return b, nil
		}
		c := *m
		c.Protections, c.Functions = validTexts(c.Protections), validTexts(c.Functions)
		c.Tools = validTexts(c.Tools)
		message = &c
	case *Error:
		message = m.valid(0)
	case *Log:
		c := *m
		c.Level, c.Message, c.File = ValidText(c.Level), ValidText(c.Message), ValidText(c.File)
		var err error
		if c.Fields, err = validFields(c.Fields, 0); err != nil {
			return dst, err
		}
		message = &c
	}
	b, err := json.Marshal(message)
	if err != nil {
		return dst, err
	}
	return append(dst, b...), nil
}

// MaxMessageValues is how many arrays, objects and elements of them a message may
// have. An element of two octets can take fifty in memory.
const MaxMessageValues = 1 << 18

// CheckMessage reports, as a [*ProtocolError], that a message has more than
// MaxMessageValues. Whether it is JSON is not checked.
func CheckMessage(payload []byte) error {
	if len(payload) <= MaxMessageValues {
		return nil
	}
	values, text := 0, false
	for i := 0; i < len(payload); i++ {
		switch c := payload[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case !text && (c == ',' || c == '[' || c == '{'):
			values++
		}
	}
	if values > MaxMessageValues {
		return Protocolf("a message has %d values, at most %d are allowed", values, MaxMessageValues)
	}
	return nil
}

// ParseMessage reads the JSON of a message into message, a pointer to one of
// this package's. Unknown keys are ignored, also those that differ from known ones in
// case, and octets that are not UTF-8, which
// nobody should send, become \xNN. The error is a [*ProtocolError].
func ParseMessage(payload []byte, message any) error {
	if err := CheckMessage(payload); err != nil {
		return err
	}
	if !utf8.Valid(payload) {
		var ok bool
		if payload, ok = escapeOctets(payload); !ok {
			return Protocolf("a message is not what it should be: more than %d octets of it are not UTF-8", maxEscaped)
		}
	}
	if start := bytes.TrimLeft(payload, " \t\r\n"); len(start) > 0 && start[0] == 'n' {
		// Package json takes null for anything, and changes nothing.
		return Protocolf("a message is not what it should be: it is not a JSON object")
	}
	if mayFold(payload) {
		payload = exactKeys(payload, reflect.TypeOf(message))
	}
	if err := json.Unmarshal(payload, message); err != nil {
		return Protocolf("a message is not what it should be: %s", messageFault(err))
	}
	return nil
}

// ParseVersion reads nothing but the version of a READY or BOOT: the rest may
// have another form in another version.
func ParseVersion(payload []byte) (int, error) {
	var v struct {
		Version int `json:"version"`
	}
	err := ParseMessage(payload, &v)
	return v.Version, err
}
