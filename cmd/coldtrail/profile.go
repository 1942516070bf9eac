package main

import (
	"errors"
	"os"
	"runtime"
	"runtime/pprof"
)

// profiled runs f, and profiles it into the files that are named.
func profiled[T any](cpu, heap string, f func() (T, error)) (result T, err error) {
	stop, err := startProfile(cpu, heap)
	if err != nil {
		return result, err
	}
	result, err = f()
	return result, errors.Join(err, stop())
}

// startProfile begins to profile into the files that are named, and returns what ends it.
func startProfile(cpu, heap string) (stop func() error, err error) {
	var f *os.File
	if cpu != "" {
		if f, err = os.Create(cpu); err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	return func() error {
		var errs []error
		if f != nil {
			pprof.StopCPUProfile()
			errs = append(errs, f.Close())
		}
		if heap != "" {
			h, err := os.Create(heap)
			if err != nil {
				return errors.Join(append(errs, err)...)
			}
			runtime.GC() // a profile knows what was allocated up to the last collection
			errs = append(errs, pprof.Lookup("allocs").WriteTo(h, 0), h.Close())
		}
		return errors.Join(errs...)
	}, nil
}
