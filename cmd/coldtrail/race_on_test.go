//go:build race && unix && !bench

package main

// raceDetector: the test runs under the race detector.
const raceDetector = true
