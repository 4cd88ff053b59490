package telemetry

import (
	"github.com/nats-io/nats.go"
	"github.com/prometheus/client_golang/prometheus"
)

var (
	connectedDesc  = prometheus.NewDesc("runner_broker_connected", "Whether there is a connection to the broker.", nil, nil)
	reconnectsDesc = prometheus.NewDesc("runner_broker_reconnects_total", "How often the connection to the broker was found again.", nil, nil)
	bytesDesc      = prometheus.NewDesc("runner_broker_bytes_total", "What was sent to the broker (out) and received from it (in), in bytes.", []string{"direction"}, nil)
	messagesDesc   = prometheus.NewDesc("runner_broker_messages_total", "Messages that were sent to the broker (out) and received from it (in).", []string{"direction"}, nil)
)

// Connection returns a Collector of what a connection to the broker does.
func Connection(nc *nats.Conn) prometheus.Collector { return connection{nc} }

type connection struct{ nc *nats.Conn }

// Describe implements prometheus.Collector.
func (c connection) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{connectedDesc, reconnectsDesc, bytesDesc, messagesDesc} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c connection) Collect(out chan<- prometheus.Metric) {
	s := c.nc.Stats()
	out <- prometheus.MustNewConstMetric(connectedDesc, prometheus.GaugeValue, number(c.nc.IsConnected()))
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}
	count(reconnectsDesc, s.Reconnects)
	count(bytesDesc, s.InBytes, "in")
	count(bytesDesc, s.OutBytes, "out")
	count(messagesDesc, s.InMsgs, "in")
	count(messagesDesc, s.OutMsgs, "out")
}

func number(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
