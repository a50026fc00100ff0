package account

// Duty is something that is done at a station. Several are or-ed together.
type Duty uint16

// The duties. What a role is given is in the table of [Role.Duties]; which
// address asks for which is in web/duties.go.
const (
	SeeBays       Duty = 1 << iota // the bays' page, its events, receipts; shows no footage
	AskReason                      // to ask at the dock that a late clip be excused
	SeeOwnClips                    // the data of the clips of the account's badge
	PlayOwn                        // their footage
	SeeCameras                     // cameras, their health, who holds them
	AssignCameras                  // who gets one
	SeeClips                       // the data of all clips, recordings, extensions, requests
	Play                           // the footage of any clip
	Settle                         // requests, undecidable clips, extensions
	SeeOverview                    // shares and reports
	SeeStatus                      // how the station stands, in JSON
	Metrics                        // for Prometheus
)

// Anyone is what nobody needs an account for.
const Anyone = SeeBays | AskReason

// Unclaimed is what may be done without an account by whoever reaches the
// station, while there is no account: to look, as before there were accounts.
// Footage and what changes something need one always.
const Unclaimed = Anyone | SeeCameras | SeeClips | SeeOverview | SeeStatus | Metrics

// Role is what somebody is at the station.
type Role string

// The roles.
const (
	Officer    Role = "officer"    // wears cameras
	Equipment  Role = "equipment"  // looks after them
	Supervisor Role = "supervisor" // answers for a unit, and settles what is open
	Auditor    Role = "auditor"    // sees everything but footage, and changes nothing
)

// Roles are all of them.
var Roles = []Role{Officer, Equipment, Supervisor, Auditor}

// Duties is the one table of role and duty. Article 18 wants the use of what
// was recorded to be strictly limited by duty: what a line does not name, the
// role may not do.
func (r Role) Duties() Duty {
	const everyAccount = Anyone | SeeStatus | Metrics
	switch r {
	case Officer:
		return everyAccount | SeeOwnClips | PlayOwn
	case Equipment:
		return everyAccount | SeeCameras | AssignCameras
	case Supervisor:
		return everyAccount | SeeCameras | AssignCameras | SeeClips | Play | Settle | SeeOverview
	case Auditor:
		return everyAccount | SeeCameras | SeeClips | SeeOverview
	}
	return 0
}
