package main

import (
	"encoding/json"
	"errors"
	"unicode/utf8"
)

// An octetText is in JSON a string, or {"base64": …} where it is not UTF-8.
type octetText string

type octetObject struct {
	Base64 []byte `json:"base64"`
}

func (t octetText) MarshalJSON() ([]byte, error) {
	if !utf8.ValidString(string(t)) {
		return json.Marshal(octetObject{[]byte(t)})
	}
	return json.Marshal(string(t))
}

func (t *octetText) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*t = octetText(s)
		return nil
	}
	var o octetObject
	if json.Unmarshal(b, &o) != nil || o.Base64 == nil {
		return errors.New(`it is neither a string nor {"base64": "…"}`)
	}
	*t = octetText(o.Base64)
	return nil
}
