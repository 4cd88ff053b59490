package host

// Freeze returns the payload of the values as that of a call's arguments is made:
// those of types that s does not know go through encoding/json first. It is for
// programs that carry calls further. What cannot be carried is a *SerialiseError
// whose outcome is NotSent.
func Freeze(s Serialiser, values []any) ([]byte, error) {
	frozen, err := s.AppendFreeze(nil, values)
	if err == nil {
		return frozen, nil
	}
	known, bad := normalise(values)
	if bad != nil {
		return nil, bad
	}
	if frozen, err = s.AppendFreeze(nil, known); err != nil {
		return nil, serialiseError(err, NotSent)
	}
	return frozen, nil
}
