package wire

// JSONWriter returns a Writer of the JSON text of one value, which appends to dst,
// without white space. What values there are is as with [JSON].
func JSONWriter(dst []byte) *Writer { return &Writer{jsonSerialiser{}, dst} }

// ParseJSON has b make the value of a JSON text, the only one that it is told of. It
// refuses what [JSON] refuses, and anything but white space behind the value. A
// text that is only white space has no value and is an error.
func ParseJSON(text []byte, b Builder) error {
	r := jsonReader{data: text, to: b}
	if fail := r.whole(); fail != nil {
		return fail.err(jsonSerialiser{}.Name())
	}
	return nil
}

// whole reads the only value there is.
func (r *jsonReader) whole() *failure {
	if fail := r.checkText(); fail != nil {
		return fail
	}
	if fail := r.value(0); fail != nil {
		return fail
	}
	if r.space(); r.pos < len(r.data) {
		return r.unexpected("the end of the text")
	}
	return nil
}
