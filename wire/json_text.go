package wire

// AppendJSON appends the JSON text of one value to dst, without white space and
// with the keys of objects sorted. What values there are, and which are an
// error, is as with [JSON]. On an error it returns dst unchanged.
func AppendJSON(dst []byte, value any) ([]byte, error) {
	s := jsonSerialiser{}
	w := freezer{format: s, dst: dst}
	if fail := w.value(value, 0); fail != nil {
		return dst, fail.err(s.Name())
	}
	return w.dst, nil
}

// ParseJSON returns the value of a JSON text. It refuses what [JSON] refuses, and
// anything but white space behind the value. A text that is only white space has
// no value and is an error.
func ParseJSON(text []byte) (any, error) {
	r := jsonReader{data: text}
	value, fail := r.whole()
	if fail != nil {
		return nil, fail.err(jsonSerialiser{}.Name())
	}
	return value, nil
}

// whole reads the only value there is.
func (r *jsonReader) whole() (any, *failure) {
	if fail := r.checkText(); fail != nil {
		return nil, fail
	}
	value, fail := r.value(0)
	if fail != nil {
		return nil, fail
	}
	if r.space(); r.pos < len(r.data) {
		return nil, r.unexpected("the end of the text")
	}
	return value, nil
}
