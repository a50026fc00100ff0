package web

// Addresses of pages that others lead to.
const (
	clipsPath      = "/clips"
	clipPattern    = clipsPath + "/{id}"
	filePattern    = clipPattern + "/file"
	requestsPath   = "/requests"
	requestPattern = requestsPath + "/{id}"
)

// servePages adds what people see in a browser, and what its forms send. Whose
// duty each is stands in routeDuties.
func (s *server) servePages() {
	m := s.mux

	m.HandleFunc("GET /{$}", s.showBays)
	m.HandleFunc("GET "+livePath, s.followBays)
	m.HandleFunc("GET /bays/{bay}/reason", s.showReason)
	m.HandleFunc("POST /bays/{bay}/reason", s.giveReason)
	m.HandleFunc("GET /bays/{bay}/entered", s.showEntered)

	m.HandleFunc("GET /cameras", s.showCameras)
	m.HandleFunc("GET /cameras/ready", s.showReady)
	m.HandleFunc("GET /cameras/{serial}", s.showCamera)
	m.HandleFunc("GET /cameras/{serial}/series", s.showSeries)
	m.HandleFunc("POST /cameras/{serial}/assign", s.handOut)
	m.HandleFunc("POST /cameras/{serial}/return", s.takeBack)

	m.HandleFunc("GET "+clipsPath, s.showClips)
	m.HandleFunc("GET "+clipPattern, s.showClip)
	m.HandleFunc("GET "+filePattern, s.serveFootage)
	m.HandleFunc("POST "+clipPattern+"/decide", s.decideClip)
	m.HandleFunc("POST "+clipPattern+"/extend", s.extendClip)
	m.HandleFunc("POST "+clipPattern+"/revoke", s.revokeClip)
	m.HandleFunc("GET "+requestsPath, s.showRequests)
	m.HandleFunc("POST "+requestPattern, s.settleRequest)

	m.HandleFunc("GET /overview", s.showOverview)
	m.HandleFunc("GET /reports/deadlines", s.showReport)

	m.HandleFunc("GET "+signInPath, s.showSignIn)
	m.HandleFunc("POST "+signInPath, s.signIn)
	m.HandleFunc("POST /sign-out", s.signOut)
	m.HandleFunc("POST /preferences", s.prefer)
	m.Handle("GET /assets/{name}", s.screens.assets)
}
