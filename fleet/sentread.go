package fleet

import (
	"context"
	"fmt"

	"scripthost.example/host"
)

// event is an event as its receiver gets it.
func (s *sent) event(m reply) (host.Event, error) {
	h, data := readHead(m.data)
	m.serialiser, m.object, m.values = h.serialiser, h.object, data
	data, err := s.fetch(m, "the values of an event", host.Unknown)
	if err != nil {
		return host.Event{}, err
	}
	args, err := thaw(data, m.serialiser, !m.shared)
	if err != nil {
		return host.Event{}, host.NewCallError("protocol", host.Unknown, ErrProtocol, fmt.Sprintf("an event that cannot be read: %v", err))
	}
	return host.Event{Call: s.number, Args: args}, nil
}

// fetch returns the data of a reply. An object that has them is removed.
func (s *sent) fetch(m reply, what string, o host.Outcome) (data []byte, err error) {
	if len(m.object) == 0 {
		return m.values, nil
	}
	data, err = s.c.large.get(context.WithoutCancel(s.ctx), what, string(m.object), o)
	s.c.large.drop(m.data)
	return data, err
}

// results are those of the last reply.
func (s *sent) results(m reply, err error) ([]any, error) {
	if err != nil {
		return nil, err
	}
	if unread := s.whyUnread(); unread != nil {
		s.c.large.drop(m.data)
		kind := "protocol"
		if e, ok := unread.(*host.CallError); ok {
			kind = e.Kind
		}
		return nil, host.NewCallError(kind, host.Completed, unread, unread.Error())
	}
	data, err := s.fetch(m, "the results", host.Completed)
	if err != nil {
		return nil, err
	}
	results, err := thaw(data, m.serialiser, !m.shared)
	if err != nil {
		return nil, host.NewCallError("protocol", host.Completed, ErrProtocol, fmt.Sprintf("results that cannot be read: %v", err))
	}
	return results, nil
}

// whyUnread is why an event could not be read after the call had ended.
func (s *sent) whyUnread() error {
	if !s.events {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unread
}

// generation is that of the script that ran.
func (s *sent) generation() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := len(s.script) - 1; i >= 0; i-- {
		if s.script[i] == '@' {
			return s.script[i+1:]
		}
	}
	return ""
}
