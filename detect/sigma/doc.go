// Package sigma runs Sigma rules over CloudTrail events: rules and correlations become
// detectors (detect.Detector), like those that are written in Go.
//
//	c := sigma.Load([]sigma.File{{Name: "rules/x.yml", Data: data}}, sigma.Options{})
//	set, err := detect.NewSet(append(detect.All(), c.Detectors()...))
//	for _, r := range c.Rejected { … r.File, r.Line, r.Reason … }
//
// Load never fails as a whole, and loses nothing: each document of each file is in
// Collection.Rules or in Collection.Rejected. What is not supported is rejected; it is
// never taken for something else.
package sigma
