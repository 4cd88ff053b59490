package wire

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// messageFault says what package json did not like about a message, to somebody who
// reads PROTOCOL.md: without the names of this program's types.
func messageFault(err error) string {
	var (
		kind   *json.UnmarshalTypeError
		syntax *json.SyntaxError
		octets base64.CorruptInputError
	)
	switch {
	case errors.As(err, &kind) && kind.Field == "":
		return "it is not a JSON object"
	case errors.As(err, &kind):
		return fmt.Sprintf("its %q cannot hold %s", kind.Field, jsonKind(kind.Value))
	case errors.As(err, &syntax):
		return syntax.Error()
	case errors.As(err, &octets):
		return fmt.Sprintf("bytes in it are not base64, from the character %d on", int64(octets)+1)
	case errors.As(err, new(*time.ParseError)), strings.HasPrefix(err.Error(), "Time."):
		return "a time in it is not as in RFC 3339"
	}
	return "a value in it cannot be read"
}

// jsonKind is what package json calls a value, as JSON does.
func jsonKind(value string) string {
	if number, ok := strings.CutPrefix(value, "number "); ok {
		return "the number " + number
	}
	switch value {
	case "array", "object":
		return "an " + value
	case "bool":
		return "true or false"
	}
	return "a " + value
}
