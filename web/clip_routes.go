package web

// Addresses of the pages of clips.
const (
	clipPattern    = clipsPath + "/{id}"
	filePattern    = clipPattern + "/file"
	requestsPath   = "/requests"
	requestPattern = requestsPath + "/{id}"
)

// serveClips adds the pages of clips, their footage, and what is settled there.
func (s *server) serveClips() {
	s.mux.HandleFunc("GET "+clipsPath, s.showClips)
	s.mux.HandleFunc("GET "+clipPattern, s.showClip)
	s.mux.HandleFunc("GET "+filePattern, s.serveFootage)
	s.mux.HandleFunc("GET "+requestsPath, s.showRequests)
	s.mux.HandleFunc("POST "+requestPattern, s.settleRequest)
	s.mux.HandleFunc("POST "+clipPattern+"/decide", s.decideClip)
	s.mux.HandleFunc("POST "+clipPattern+"/extend", s.extendClip)
	s.mux.HandleFunc("POST "+clipPattern+"/revoke", s.revokeClip)
}
