package forward

// RequestForwardedEvent reports that a request is about to be forwarded.
type RequestForwardedEvent struct{}

// SuccessEvent reports that a forwarded request was answered.
type SuccessEvent struct{}

// FailedEvent reports that a forwarded request has failed for good.
type FailedEvent struct{}

// RetryAttemptEvent reports that a request is sent again.
type RetryAttemptEvent struct{}

// RetrySuccessEvent reports that a request was answered after so many more tries.
type RetrySuccessEvent struct {
	NumRetries int
}

// RetryAbortEvent tells why a request is not sent again.
type RetryAbortEvent struct {
	Reason string
}

// MaxRetriesEvent reports that a request has failed as often as it may.
type MaxRetriesEvent struct {
	MaxRetries int
}

// RerouteEvent reports that a request is sent again to another node.
type RerouteEvent struct {
	OldDestination string
	NewDestination string
}

// InflightRequestsChangedEvent tells how many requests are being forwarded.
type InflightRequestsChangedEvent struct {
	Inflight int64
}

// InflightCountOperation is a change of that number.
type InflightCountOperation string

// The changes of the number of requests.
const (
	InflightIncrement InflightCountOperation = "increment"
	InflightDecrement InflightCountOperation = "decrement"
)

// InflightRequestsMiscountEvent never comes: requests are counted right.
type InflightRequestsMiscountEvent struct {
	Operation InflightCountOperation
}
