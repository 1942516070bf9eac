// Package serve answers AWS's clients and browsers from cases, on this machine only.
//
//	s, err := serve.New(serve.Config{Cases: []serve.Case{{Name: "case", Dir: dir}}, Now: time.Now, NewID: newUUID})
//	defer s.Close()
//	ln, err := serve.Listen(ctx, "127.0.0.1:4117")
//	err = s.Serve(ctx, ln) // until ctx ends
package serve
