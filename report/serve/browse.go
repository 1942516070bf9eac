package serve

import "net/http"

// browser answers browsers: the case browser.
func (s *Server) browser() http.Handler { return http.NotFoundHandler() }
