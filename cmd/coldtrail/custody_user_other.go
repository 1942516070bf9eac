//go:build !linux

package main

import "os/user"

// osUser says who runs the program.
func osUser() (name, uid string, err error) {
	u, err := user.Current()
	if err != nil {
		return "", "", err
	}
	return u.Username, u.Uid, nil
}
