package brokertest

import "testing"

func TestStart(t *testing.T) {
	t.Parallel()
	nc := Connect(t, Start(t, nil))
	sub, err := nc.SubscribeSync("hello")
	if err != nil {
		t.Fatal(err)
	}
	if err := nc.Publish("hello", []byte("world")); err != nil {
		t.Fatal(err)
	}
	if m, err := sub.NextMsg(readyTime); err != nil || string(m.Data) != "world" {
		t.Fatal(m, err)
	}
}
