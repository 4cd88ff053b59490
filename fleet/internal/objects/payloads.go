package objects

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// PayloadBucket is the bucket of arguments and results of calls that are too large for a
// message.
const PayloadBucket = "RPC_PAYLOADS"

// payloadTTL is how long an object is kept there that nobody removes.
const payloadTTL = 10 * time.Minute

// Payloads is the configuration of PayloadBucket.
func Payloads() jetstream.ObjectStoreConfig {
	return jetstream.ObjectStoreConfig{Bucket: PayloadBucket, TTL: payloadTTL, Description: "arguments and results that are too large for a message"}
}
