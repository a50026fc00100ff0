package simcam

// The kinds of fault of a Responder besides Pull, Stall, Short and Endless.
//
// Where At is a byte it is one of the object in operations that read one, and
// one of the data phase's payload in others; right behind the last byte lies
// before the response. An operation without a data phase has byte 0 alone.
const (
	Halt    Kind = "halt"     // BulkIn halts at byte At; after ClearHalt only the response comes
	HaltOut Kind = "halt-out" // BulkOut halts behind the request: the next one is refused until ClearHalt
	Silence Kind = "silence"  // from byte At on nothing comes until cancel or reset
	Dead    Kind = "dead"     // from byte At on nothing comes, and class requests hang, until a port reset

	SplitHeader       Kind = "split-header"      // the data's container header is a transfer of its own
	OneRead           Kind = "one-read"          // data and response are one transfer
	NoEmptyPacket     Kind = "no-empty-packet"   // no zero-length packet where the profile sends one
	StrayZeros        Kind = "stray-zeros"       // a transfer of At zero bytes before the response
	StaleResponse     Kind = "stale-response"    // before the response comes that of the transaction before
	WrongTransaction  Kind = "wrong-transaction" // the response is of a transaction that never was
	WrongDataID       Kind = "wrong-data-id"     // the data are of a transaction that never was
	LyingLength       Kind = "lying-length"      // the data's container claims At bytes more than there are
	BusyAfterCancel   Kind = "busy-after-cancel" // the status is DeviceBusy At times after a cancel
	Busy              Kind = "busy"              // the response is DeviceBusy and nothing else happens
	NotImplemented    Kind = "not-implemented"   // the response is OperationNotSupported
	Refused           Kind = "refused"           // the response is the code At
	LyingInfoSize     Kind = "lying-info-size"   // ObjectInfo claims At bytes more than there are
	LyingPropSize     Kind = "lying-prop-size"   // the property ObjectSize claims At bytes more
	WrongBatteryType  Kind = "battery-type"      // the battery is described as a string and told as a byte
	WrongBatteryLevel Kind = "battery-level"     // the battery's level is At
	WrongClock        Kind = "clock"             // the clock tells a date that there is not
	EndlessHandles    Kind = "handles-endless"   // a list of handles that never ends
	Loop              Kind = "loop"              // every folder contains itself
	NewHandles        Kind = "new-handles"       // while it is there: handles differ from session to session
)
