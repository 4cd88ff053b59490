package fleet

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"scripthost.example/fleet/internal/brokertest"
	"scripthost.example/host"
)

// Tools for NATS services find instances, and read of them what they read of any other.
func TestDiscovery(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	s := serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Version("1.2.3"))
	if _, err := Client(out, "tidy").Call(patience(t), "x"); err != nil {
		t.Fatal(err)
	}
	if _, err := Client(out, "tidy").Function("fail").Call(patience(t), "no"); err == nil {
		t.Fatal("it did not fail")
	}
	ask := func(verb micro.Verb, name, id string, into any) {
		t.Helper()
		subject, err := micro.ControlSubject(verb, name, id)
		if err != nil {
			t.Fatal(err)
		}
		m, err := out.Request(subject, nil, testTime)
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		if err := json.Unmarshal(m.Data, into); err != nil {
			t.Fatalf("%s: %v: %s", subject, err, m.Data)
		}
	}
	for _, who := range [][2]string{{}, {"tidy"}, {"tidy", s.Instance()}} {
		var ping micro.Ping
		ask(micro.PingVerb, who[0], who[1], &ping)
		if ping.Type != micro.PingResponseType || ping.Name != "tidy" || ping.ID != s.Instance() || ping.Version != "1.2.3" || ping.Metadata["track"] != Stable {
			t.Errorf("%+v", ping)
		}
		var info micro.Info
		ask(micro.InfoVerb, who[0], who[1], &info)
		if info.Type != micro.InfoResponseType || len(info.Endpoints) != 1 || info.Endpoints[0].Subject != "rpc.tidy.stable" || info.Endpoints[0].QueueGroup != "rpc" {
			t.Errorf("%+v", info)
		}
		// An answer is counted when it has been sent.
		brokertest.Await(t, func() bool {
			var stats micro.Stats
			ask(micro.StatsVerb, who[0], who[1], &stats)
			if stats.Type != micro.StatsResponseType || len(stats.Endpoints) != 1 {
				t.Fatalf("%+v", stats)
			}
			e := stats.Endpoints[0]
			return e.NumRequests == 2 && e.NumErrors == 1 && strings.HasSuffix(e.LastError, ": no") && e.ProcessingTime > 0
		})
	}
	if all, err := Instances(patience(t), out, "nobody", 0); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := Instances(patience(t), out, "a.b", 0); err == nil {
		t.Error("a.b is a name")
	}
	// What is no instance of a fleet is left out.
	other, err := micro.AddService(in, micro.Config{Name: "tidy", Version: "0.0.1", Endpoint: &micro.EndpointConfig{Subject: "other", Handler: micro.HandlerFunc(func(micro.Request) {})}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if all := instances(t, out, "tidy", 0); len(all) != 1 || all[0].ID != s.Instance() || all[0].Calls != 2 || all[0].Errors != 1 {
		t.Errorf("%+v", all)
	}
}

// instances are those of a plugin, of which there are some. On a busy machine their answers
// may take longer than Instances waits for them.
func instances(t testing.TB, nc *nats.Conn, plugin string, expected int) (all []Instance) {
	t.Helper()
	brokertest.Await(t, func() bool {
		var err error
		if all, err = Instances(patience(t), nc, plugin, expected); err != nil {
			t.Fatal(err)
		}
		return len(all) > 0
	})
	return all
}

// A version's name comes back as it was.
func TestVersionName(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	serve(t, in, pool(t, host.Lua, echo[host.Lua], nil), Version("0123456789_b"))
	if all := instances(t, out, "tidy", 1); len(all) != 1 || all[0].Version != "0123456789_b" {
		t.Errorf("%+v", all)
	}
}

// An instance that cannot serve a track says so, and has no calls.
func TestUnserved(t *testing.T) {
	t.Parallel()
	in, out := connections(t)
	u, err := NewUnserved(in, "tidy", Stable, "1", "it is broken", nil)
	if err != nil {
		t.Fatal(err)
	}
	all := instances(t, out, "tidy", 1)
	if len(all) != 1 || all[0].Track != Stable || all[0].Version != "" || all[0].Stats.Wanted != "1" || all[0].Stats.Problem != "it is broken" || all[0].Started.IsZero() {
		t.Errorf("%+v", all)
	}
	if _, err := Client(out, "tidy").Call(patience(t)); !errors.Is(err, ErrNoInstance) {
		t.Errorf("%v", err)
	}
	u.Report("2", "it is broken, too")
	if all = instances(t, out, "", 1); len(all) != 1 || all[0].Stats.Wanted != "2" || all[0].Stats.Problem != "it is broken, too" {
		t.Errorf("%+v", all)
	}
	for range 2 {
		u.Close()
	}
	if err := in.Flush(); err != nil {
		t.Fatal(err)
	}
	if all, err = Instances(patience(t), out, "tidy", 1); err != nil || len(all) != 0 {
		t.Errorf("%+v, %v", all, err)
	}
	for _, name := range [][2]string{{"a.b", Stable}, {"tidy", "a.b"}} {
		if _, err := NewUnserved(in, name[0], name[1], "1", "", nil); err == nil {
			t.Errorf("%q can be served", name)
		}
	}
	in.Close()
	if _, err := NewUnserved(in, "tidy", Stable, "1", "", nil); !errors.Is(err, nats.ErrConnectionClosed) {
		t.Errorf("%v", err)
	}
}
